// Loaded into every instance before the sample (node --import): ends it when the starter is gone, however it went.
if (!process.connected) process.exit(1);
process.on('disconnect', () => process.exit(1));
// The listener alone must not keep an application alive that has ended.
process.channel?.unref();
