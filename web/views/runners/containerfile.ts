/** An image with the runner and what most tasks need; the same as examples/container/Containerfile. */
export const containerfile = `FROM docker.io/library/node:20-slim
RUN apt-get update \\
 && apt-get install --yes --no-install-recommends ansible-core git openssh-client tini \\
 && rm -rf /var/lib/apt/lists/* \\
 && install -d -o node -g node -m 700 /var/lib/outstation-runner
COPY outstation.mjs ca.pem* /usr/local/lib/outstation/
RUN chmod 755 /usr/local/lib/outstation/* \\
 && ln -s ../lib/outstation/outstation.mjs /usr/local/bin/outstation
USER node
ENV STATE_DIRECTORY=/var/lib/outstation-runner
VOLUME /var/lib/outstation-runner
STOPSIGNAL SIGTERM
ENTRYPOINT ["tini", "--", "outstation"]
CMD ["runner", "start", "--no-config"]`
