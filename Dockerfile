# An image with the binary and the certificates, and nothing else. Built with the same scripts as everywhere.
FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates git
COPY . /project
WORKDIR /project
RUN ci/setup build
# A build with anything but the locked sources is no image.
RUN ci/build x86_64-linux-musl && ! out/x86_64-linux-musl/touchsts --version --verbose | grep 'not locked'

FROM scratch
COPY --from=build /project/out/x86_64-linux-musl/touchsts /touchsts
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
ENTRYPOINT ["/touchsts"]
