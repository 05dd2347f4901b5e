/*
 * A disk with faults, for one process: preloaded, it counts every point at which a program makes
 * something durable (fsync, fdatasync, a write to a file that was opened with O_SYNC or O_DSYNC), in
 * all threads, and does there what its environment says. strace counts for each thread by itself,
 * so that no run could name the n-th point.
 *
 *   FAULTY_DISK_LOG=FILE         each point gets a line: number, call, path
 *   FAULTY_DISK_KILL_BEFORE=N    SIGKILL instead of the n-th call
 *   FAULTY_DISK_KILL_AFTER=N     SIGKILL once the n-th call has succeeded
 *   FAULTY_DISK_TEAR=1           with KILL_BEFORE: what was appended to that file since its last
 *                                point is gone, as after a power cut
 *   FAULTY_DISK_FAIL_WHILE=FILE  while it exists, each call fails with EIO and makes nothing durable
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
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

static atomic_long points;
static long kill_before, kill_after;
static int tear, log_fd = -1;
static char *fail_while;
/* Of each descriptor: whether its writes are points, and how long its file was at its last one. */
static atomic_char is_sync[MOST];
static atomic_long durable[MOST];

#define REAL(name, ...) \
  static int (*real)(__VA_ARGS__); \
  if (!real) real = (int (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static long number(const char *name) {
  const char *text = getenv(name);
  return text ? atol(text) : 0;
}

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("FAULTY_DISK_LOG");
  kill_before = number("FAULTY_DISK_KILL_BEFORE");
  kill_after = number("FAULTY_DISK_KILL_AFTER");
  tear = number("FAULTY_DISK_TEAR") != 0;
  fail_while = getenv("FAULTY_DISK_FAIL_WHILE");
  if (path) log_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  /* This process only: a program that it starts has a good disk. */
  unsetenv("LD_PRELOAD");
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static long size_of(int fd) {
  struct stat s;
  return fstat(fd, &s) == 0 && S_ISREG(s.st_mode) ? (long)s.st_size : -1;
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

/* Before a point. Returns -1 if it is to fail. */
static long enter(const char *call, int fd) {
  long n = atomic_fetch_add(&points, 1) + 1;
  note(n, call, fd);
  if (n == kill_before) {
    if (tear && fd < MOST && durable[fd] > 0 && size_of(fd) > durable[fd]) {
      if (ftruncate(fd, durable[fd]) != 0) note(n, "not torn", fd);
    }
    die();
  }
  if (fail_while && access(fail_while, F_OK) == 0) {
    errno = EIO;
    return -1;
  }
  return n;
}

static void leave(long n, int fd) {
  if (fd >= 0 && fd < MOST) durable[fd] = size_of(fd);
  if (n == kill_after) die();
}

#define POINT(type, failed, call, fd, doing) \
  long n = enter(call, fd); \
  if (n < 0) return failed; \
  type done = doing; \
  if (done != failed) leave(n, fd); \
  return done

int fsync(int fd) {
  REAL("fsync", int);
  POINT(int, -1, "fsync", fd, real(fd));
}

int fdatasync(int fd) {
  REAL("fdatasync", int);
  POINT(int, -1, "fdatasync", fd, real(fd));
}

static int opened(int fd, int flags) {
  if (fd < 0 || fd >= MOST) return fd;
  is_sync[fd] = (flags & O_DSYNC) != 0;
  durable[fd] = size_of(fd);
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

#define WRITES(name, parameters, arguments) \
  ssize_t name parameters { \
    static ssize_t (*real) parameters; \
    if (!real) real = (ssize_t (*) parameters)dlsym(RTLD_NEXT, #name); \
    if (fd < 0 || fd >= MOST || !is_sync[fd]) return real arguments; \
    POINT(ssize_t, -1, #name, fd, real arguments); \
  }

WRITES(write, (int fd, const void *bytes, size_t count), (fd, bytes, count))
WRITES(pwrite, (int fd, const void *bytes, size_t count, off_t at), (fd, bytes, count, at))
WRITES(pwrite64, (int fd, const void *bytes, size_t count, off64_t at), (fd, bytes, count, at))
WRITES(writev, (int fd, const struct iovec *parts, int count), (fd, parts, count))
WRITES(pwritev, (int fd, const struct iovec *parts, int count, off_t at), (fd, parts, count, at))
WRITES(pwritev64, (int fd, const struct iovec *parts, int count, off64_t at), (fd, parts, count, at))
