// Imported before everything else: from here on the list of processes shows this name in place of the arguments, among
// which a password may stand. (Not on every system; DATABASE_URL is never shown.)
process.title = 'nestjs-leader-election';
