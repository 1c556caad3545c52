/* SPDX-License-Identifier: MIT */
/* Preloaded into a program: its clocks are off by what stands in the file SHIM_CLOCK_FILE, two
 * 64-bit integers of nanoseconds in the machine's order: what CLOCK_REALTIME and what
 * CLOCK_BOOTTIME are ahead. A step of the wall clock moves the first, a sleep of the machine both;
 * CLOCK_MONOTONIC stands still while a machine sleeps, and is never off. A test writes the file
 * while the program runs.
 *
 * A timerfd of CLOCK_REALTIME is one that never expires here: it becomes readable when the wall
 * clock was set, as the kernel's does with TFD_TIMER_CANCEL_ON_SET. */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define NANOSECONDS INT64_C (1000000000)

typedef struct
{
  volatile int64_t real;
  volatile int64_t boot;
} Ahead;

static const Ahead nothing = { 0, 0 };
static const Ahead *ahead = &nothing;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
map (void)
{
  const char *path = getenv ("SHIM_CLOCK_FILE");
  int fd = path ? open (path, O_RDONLY | O_CLOEXEC) : -1;
  void *mapped = fd < 0 ? MAP_FAILED : mmap (NULL, sizeof (Ahead), PROT_READ, MAP_SHARED, fd, 0);

  if (mapped != MAP_FAILED)
    ahead = mapped;
  if (fd >= 0)
    close (fd);
}

static int64_t
read_ahead (clockid_t id)
{
  pthread_once (&once, map);
  switch (id)
    {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
      return ahead->real;
    case CLOCK_BOOTTIME:
      return ahead->boot;
    default:
      return 0;
    }
}

/* A file tells nobody that it was changed through a mapping: so it is looked at, 100 times a
 * second. */
static void *
watch (void *argument)
{
  int fd = (int) (intptr_t) argument;
  int64_t seen = ahead->real, one = 1;
  const struct timespec pause = { .tv_nsec = NANOSECONDS / 100 };

  for (;;)
    {
      nanosleep (&pause, NULL);
      if (ahead->real == seen)
        continue;
      seen = ahead->real;
      if (write (fd, &one, sizeof one) != sizeof one)
        return NULL;
    }
}

int
timerfd_create (clockid_t id, int flags)
{
  pthread_t thread;
  int fd;

  pthread_once (&once, map);
  if (id != CLOCK_REALTIME || ahead == &nothing)
    return (int) syscall (SYS_timerfd_create, id, flags);
  fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd >= 0 && pthread_create (&thread, NULL, watch, (void *) (intptr_t) fd) == 0)
    pthread_detach (thread);
  return fd;
}

/* The system call, and not libc's function of that name, which this one hides. */
int
clock_gettime (clockid_t id, struct timespec *now)
{
  int result = (int) syscall (SYS_clock_gettime, id, now);
  int64_t nanoseconds;

  if (result != 0)
    return result;
  nanoseconds = now->tv_sec * NANOSECONDS + now->tv_nsec + read_ahead (id);
  now->tv_sec = (time_t) (nanoseconds / NANOSECONDS);
  now->tv_nsec = (long) (nanoseconds % NANOSECONDS);
  return 0;
}

int
gettimeofday (struct timeval *restrict now, void *restrict zone)
{
  struct timespec precise;
  int result = clock_gettime (CLOCK_REALTIME, &precise);

  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return result;
}

time_t
time (time_t *now)
{
  struct timespec precise;

  clock_gettime (CLOCK_REALTIME, &precise);
  if (now)
    *now = precise.tv_sec;
  return precise.tv_sec;
}
