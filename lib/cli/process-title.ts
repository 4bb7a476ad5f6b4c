// Imported first: from now on, the list of processes shows this name instead of the arguments, which may contain a
// password. (Not on every system. DATABASE_URL is never shown.)
process.title = 'nestjs-leader-election';
