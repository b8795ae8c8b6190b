DROP TABLE partner_requests;
DROP TABLE events;
DROP TABLE frameworks;
DROP TABLE publications;
DROP TABLE good_practices;
