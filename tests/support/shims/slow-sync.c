/* SPDX-License-Identifier: MIT */
/* Preloaded into a program: its disk takes SHIM_SYNC_MS milliseconds longer to sync, as a
 * spinning or a cheap one does. */
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void
dawdle (void)
{
  const char *text = getenv ("SHIM_SYNC_MS");
  long ms = text ? strtol (text, NULL, 10) : 0;
  struct timespec left = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

  while (nanosleep (&left, &left) < 0 && errno == EINTR)
    ;
}

int
fsync (int fd)
{
  dawdle ();
  return (int) syscall (SYS_fsync, fd);
}

int
fdatasync (int fd)
{
  dawdle ();
  return (int) syscall (SYS_fdatasync, fd);
}
