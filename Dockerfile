# breakerd in a container: built with Swift's image, run on a slim Debian without Swift.
#
#   docker build -t breakerd .
#   docker run -d --name breakerd -p 127.0.0.1:2757:2757 -p 127.0.0.1:2758:2758 -v breakerd:/var/lib/breakerd --stop-timeout 15 breakerd
#
# docs/packages.md says how to run it, and who should be able to reach its port.

FROM swift:6.3-bookworm AS build
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
WORKDIR /breakerd
COPY scripts/lib.sh scripts/lib.sh
RUN source scripts/lib.sh && install_build_packages
COPY . .
RUN source scripts/lib.sh \
    && build_release --product breakerd \
    && build_release --product breakerctl \
    && mkdir /programs \
    && strip --strip-unneeded -o /programs/breakerd "$(release_folder)/breakerd" \
    && strip --strip-unneeded -o /programs/breakerctl "$(release_folder)/breakerctl"

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libsqlite3-0 libstdc++6 zlib1g \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --user-group --no-create-home --home-dir /var/lib/breakerd \
        --shell /usr/sbin/nologin breakerd \
    && install -d -o breakerd -g breakerd -m 0750 /var/lib/breakerd /run/breakerd
COPY --from=build /programs/ /usr/bin/
USER breakerd
# Reachable from outside of the container; who may reach the published ports is for `docker run` to say.
ENV BREAKERD_LISTEN=0.0.0.0:2757 BREAKERD_HTTP=0.0.0.0:2758
EXPOSE 2757 2758
VOLUME /var/lib/breakerd
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["breakerctl", "ping", "--timeout", "2s"]
ENTRYPOINT ["breakerd"]
