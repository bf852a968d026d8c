// Uploads one file with tus-js-client. What to do comes as JSON on stdin, what came of it goes as JSON to stdout.
const fs = require("fs");
const tus = require("tus-js-client");

const wanted = JSON.parse(fs.readFileSync(0, "utf8"));
const told = { url: null, accepted: [], error: null, status: null };
const end = () => {
  told.url = upload.url;
  process.stdout.write(JSON.stringify(told));
};

const upload = new tus.Upload(fs.readFileSync(wanted.file), {
  endpoint: wanted.endpoint,
  uploadUrl: wanted.url || null,
  metadata: wanted.metadata,
  chunkSize: wanted.piece,
  retryDelays: wanted.retries,
  onChunkComplete(_size, accepted) {
    told.accepted.push(accepted);
    if (wanted.stop && accepted >= wanted.stop) {
      upload.abort().then(end);
    }
  },
  onSuccess: end,
  onError(error) {
    told.error = String(error.message);
    told.status = error.originalResponse ? error.originalResponse.getStatus() : null;
    end();
  },
});
upload.start();
