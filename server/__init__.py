"""Head office: sync endpoint, photo uploads, console, storage. `app.create_app` puts the parts together."""
