/*
 * Preloaded into a server: every flush to the disk waits for as many milliseconds as the file SLOW_FLUSH says, if there is one.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void wait_as_told(void) {
  const char *path = getenv("SLOW_FLUSH");
  FILE *file = path ? fopen(path, "r") : NULL;
  long milliseconds = 0;
  if (!file) return;
  if (fscanf(file, "%ld", &milliseconds) == 1 && milliseconds > 0) {
    struct timespec pause = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&pause, NULL);
  }
  fclose(file);
}

int fsync(int fd) {
  static int (*real)(int);
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  wait_as_told();
  return real(fd);
}

int fdatasync(int fd) {
  static int (*real)(int);
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  wait_as_told();
  return real(fd);
}
