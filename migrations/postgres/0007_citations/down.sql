DROP TABLE dates;
DROP TABLE citations;
