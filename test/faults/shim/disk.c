/*
 * A disk with faults, for one process: preloaded, it counts every point at which a program makes
 * something durable (fsync, fdatasync, a write to a file that was opened with O_SYNC or O_DSYNC), in
 * all threads, and does there what its environment says. strace counts for each thread by itself,
 * so that no run could name the n-th point.
 *
 *   FAULTY_DISK_LOG=FILE         each point gets a line: number, call, path
 *   FAULTY_DISK_KILL_BEFORE=N    SIGKILL instead of the n-th call
 *   FAULTY_DISK_KILL_AFTER=N     SIGKILL once the n-th call has succeeded
 *   FAULTY_DISK_TEAR=HOW         with KILL_BEFORE: what a power cut may leave of all that the process
 *                                wrote and did not fsync, in every file (disk-files.h)
 *   FAULTY_DISK_FAIL_WHILE=FILE  while it exists, each call fails with EIO and makes nothing durable
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST 4096

#define REAL(name, ...) \
  static int (*real)(__VA_ARGS__); \
  if (!real) real = (int (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

#include "disk-files.h"

static atomic_long points;
static long kill_before, kill_after;
static int log_fd = -1;
static char *fail_while;
/* Of each descriptor: whether its writes are points. */
static atomic_char is_sync[MOST];

static long number(const char *name) {
  const char *text = getenv(name);
  return text ? atol(text) : 0;
}

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("FAULTY_DISK_LOG");
  kill_before = number("FAULTY_DISK_KILL_BEFORE");
  kill_after = number("FAULTY_DISK_KILL_AFTER");
  begin_files(getenv("FAULTY_DISK_TEAR"));
  fail_while = getenv("FAULTY_DISK_FAIL_WHILE");
  if (path) log_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  /* This process only: a program that it starts has a good disk. */
  unsetenv("LD_PRELOAD");
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static void note(long n, const char *call, int fd) {
  char link[64], path[1024], line[1200];
  if (log_fd < 0) return;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  path[length < 0 ? 0 : length] = 0;
  int bytes = snprintf(line, sizeof line, "%ld %s %s\n", n, call, path);
  ssize_t (*write_to)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
  if (write_to(log_fd, line, bytes) < 0) log_fd = -1;
}

static long next_point(const char *call, int fd) {
  long n = atomic_fetch_add(&points, 1) + 1;
  note(n, call, fd);
  return n;
}

static int fails(void) {
  return fail_while && access(fail_while, F_OK) == 0;
}

static void leave(long n, int fd) {
  is_durable(fd);
  if (n == kill_after) die();
}

/* `torn`: what is in flight when the power is cut in the middle of the call. */
#define POINT(type, failed, call, fd, doing, torn) \
  long n = next_point(call, fd); \
  if (n == kill_before) { \
    if (tear) torn; \
    tear_all(); \
    die(); \
  } \
  if (fails()) { \
    errno = EIO; \
    return failed; \
  } \
  type done = doing; \
  if (done != failed) leave(n, fd); \
  return done

int fsync(int fd) {
  REAL("fsync", int);
  POINT(int, -1, "fsync", fd, real(fd), (void)0);
}

int fdatasync(int fd) {
  REAL("fdatasync", int);
  POINT(int, -1, "fdatasync", fd, real(fd), (void)0);
}

static int opened(int fd, int flags) {
  if (fd < 0 || fd >= MOST) return fd;
  is_sync[fd] = (flags & O_DSYNC) != 0;
  if ((flags & O_ACCMODE) != O_RDONLY) is_opened(fd);
  return fd;
}

#define OPEN() \
  mode_t mode = 0; \
  if (flags & (O_CREAT | O_TMPFILE)) { \
    va_list more; \
    va_start(more, flags); \
    mode = va_arg(more, mode_t); \
    va_end(more); \
  }

int open(const char *path, int flags, ...) {
  OPEN();
  REAL("open", const char *, int, mode_t);
  return opened(real(path, flags, mode), flags);
}

int open64(const char *path, int flags, ...) {
  OPEN();
  REAL("open64", const char *, int, mode_t);
  return opened(real(path, flags, mode), flags);
}

int openat(int folder, const char *path, int flags, ...) {
  OPEN();
  REAL("openat", int, const char *, int, mode_t);
  return opened(real(folder, path, flags, mode), flags);
}

int ftruncate(int fd, off_t length) {
  REAL("ftruncate", int, off_t);
  is_cut(fd, length);
  return real(fd, length);
}

int ftruncate64(int fd, off64_t length) {
  REAL("ftruncate64", int, off64_t);
  is_cut(fd, length);
  return real(fd, length);
}

static size_t sum(const struct iovec *parts, int count) {
  size_t all = 0;
  for (int i = 0; i < count; i++) all += parts[i].iov_len;
  return all;
}

#define WRITES(name, parameters, arguments, bytes, at) \
  ssize_t name parameters { \
    static ssize_t (*real) parameters; \
    if (!real) real = (ssize_t (*) parameters)dlsym(RTLD_NEXT, #name); \
    if (fd < 0 || fd >= MOST || !is_sync[fd]) { \
      is_written(fd, bytes, at); \
      return real arguments; \
    } \
    POINT(ssize_t, -1, #name, fd, real arguments, \
          (is_written(fd, bytes, at), (void)!real arguments)); \
  }

WRITES(write, (int fd, const void *from, size_t count), (fd, from, count), count, HERE)
WRITES(pwrite, (int fd, const void *from, size_t count, off_t at), (fd, from, count, at), count, at)
WRITES(pwrite64, (int fd, const void *from, size_t count, off64_t at), (fd, from, count, at), count,
       at)
WRITES(writev, (int fd, const struct iovec *parts, int count), (fd, parts, count),
       sum(parts, count), HERE)
WRITES(pwritev, (int fd, const struct iovec *parts, int count, off_t at), (fd, parts, count, at),
       sum(parts, count), at)
WRITES(pwritev64, (int fd, const struct iovec *parts, int count, off64_t at),
       (fd, parts, count, at), sum(parts, count), at)
