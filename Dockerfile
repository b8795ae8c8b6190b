# The API with TLS to PostgreSQL. See docker-compose.yml, or run it alone:
#   docker build -t kakehashi .
#   docker run --read-only --cap-drop ALL --security-opt no-new-privileges --memory 512m \
#     -p 127.0.0.1:8080:8080 -v kakehashi:/var/lib/kakehashi kakehashi
FROM rust:1.95.0-slim-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends libssl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
RUN cargo build --profile dist --locked --features postgres-tls

FROM debian:12.12-slim
# curl is for the health check only.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl libssl3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --create-home --home-dir /var/lib/kakehashi kakehashi
COPY --from=build /build/target/dist/kakehashi /usr/local/bin/kakehashi
USER kakehashi
WORKDIR /var/lib/kakehashi
VOLUME /var/lib/kakehashi
# What an import spools goes beside the data, so that the rest of the image may be read-only.
ENV KAKEHASHI_LISTEN=0.0.0.0:8080 TMPDIR=/var/lib/kakehashi
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:8080/health/ready"]
ENTRYPOINT ["kakehashi"]
