// Ends an instance when the starter is gone, however it went. First in line, so that it holds while
// the application is still loading.
if (!process.connected) process.exit(1);
process.on('disconnect', () => process.exit(1));
// The listener alone must not keep an application alive that has ended.
process.channel?.unref();
