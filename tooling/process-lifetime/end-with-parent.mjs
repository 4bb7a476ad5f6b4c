// Loaded into every instance before its program (node --import): ends it when the starter is gone, however that went, even
// while the application is still loading.
if (!process.connected) process.exit(1);
process.on('disconnect', () => process.exit(1));
// The listener alone must not keep an application alive that has ended.
process.channel?.unref();
