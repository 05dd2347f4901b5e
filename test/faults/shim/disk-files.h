/*
 * What each file was given since it was last made durable, so that a power cut can take it away again:
 * by inode, not by descriptor, since an fsync makes durable what was written through any of them.
 * Names are not torn: what was created, renamed or removed stays so.
 *
 *   gone   every file is as it was at its last fsync; a new one is empty
 *   half   of what was added half is there; of what was written over, every second piece
 *   zeros  what was added is as long as it was, but zeros; what was written over is the old
 */
#define MOST_FILES 1024
/* Instead of a position: that of the descriptor. */
#define HERE ((off_t)-1)

/* What was written over. */
struct piece {
  off_t at;
  size_t length;
  char *bytes;
  struct piece *before;
};

struct file {
  dev_t device;
  ino_t inode;
  int is_torn;
  /* Of our own, opened at its first write and never closed: SQLite's locks would go with it. */
  int fd;
  /* So much of it is durable, but for what `last` and those before it have written over. */
  off_t durable;
  struct piece *last;
};

static enum { WHOLE, GONE, HALF, ZEROS } tear;
static struct file files[MOST_FILES];
static int file_count;
static pthread_mutex_t files_lock = PTHREAD_MUTEX_INITIALIZER;

static int (*real_open)(const char *, int, ...);
static int (*real_ftruncate)(int, off_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);

static void begin_files(const char *how) {
  real_open = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
  real_ftruncate = (int (*)(int, off_t))dlsym(RTLD_NEXT, "ftruncate");
  real_pwrite = (ssize_t (*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite");
  if (!how) return;
  tear = !strcmp(how, "gone") ? GONE : !strcmp(how, "half") ? HALF : ZEROS;
}

/* The memory that SQLite's connections share is mapped, and made anew after a crash. */
static int is_shared_memory(int fd) {
  char link[64], path[1024];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path);
  return length > 4 && !memcmp(path + length - 4, "-shm", 4);
}

/* With the lock held. NULL if it is none that is torn. */
static struct file *file_of(int fd, struct stat *s) {
  if (fstat(fd, s) != 0 || !S_ISREG(s->st_mode)) return NULL;
  for (struct file *f = files; f < files + file_count; f++)
    if (f->device == s->st_dev && f->inode == s->st_ino) return f->is_torn ? f : NULL;
  if (file_count == MOST_FILES) return NULL;
  struct file *f = &files[file_count++];
  *f = (struct file){s->st_dev, s->st_ino, !is_shared_memory(fd), -1, s->st_size, NULL};
  return f->is_torn ? f : NULL;
}

static void forget_pieces(struct file *f) {
  while (f->last) {
    struct piece *one = f->last;
    f->last = one->before;
    free(one->bytes);
    free(one);
  }
}

static int own_fd(struct file *f, int fd) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  if (f->fd < 0) f->fd = real_open(link, O_RDWR | O_CLOEXEC);
  return f->fd;
}

/* Keeps what is durable from `at` to `end`. */
static void keep(struct file *f, off_t at, off_t end) {
  if (end > f->durable) end = f->durable;
  if (at >= end || f->fd < 0) return;
  struct piece *one = malloc(sizeof *one);
  *one = (struct piece){at, end - at, malloc(end - at), f->last};
  ssize_t got = pread(f->fd, one->bytes, one->length, at);
  one->length = got < 0 ? 0 : got;
  f->last = one;
}

static void is_opened(int fd) {
  struct stat s;
  if (!tear) return;
  pthread_mutex_lock(&files_lock);
  struct file *f = file_of(fd, &s);
  /* Truncated by the call, or another file under the number of one that is gone. */
  if (f && s.st_size < f->durable) {
    forget_pieces(f);
    f->durable = s.st_size;
  }
  pthread_mutex_unlock(&files_lock);
}

static void is_written(int fd, size_t count, off_t at) {
  struct stat s;
  if (!tear) return;
  pthread_mutex_lock(&files_lock);
  struct file *f = file_of(fd, &s);
  if (f && own_fd(f, fd) >= 0) {
    if (at == HERE) at = fcntl(fd, F_GETFL) & O_APPEND ? s.st_size : lseek(fd, 0, SEEK_CUR);
    keep(f, at, at + (off_t)count);
  }
  pthread_mutex_unlock(&files_lock);
}

static void is_cut(int fd, off_t length) {
  struct stat s;
  if (!tear) return;
  pthread_mutex_lock(&files_lock);
  struct file *f = file_of(fd, &s);
  if (f && own_fd(f, fd) >= 0 && length < f->durable) {
    keep(f, length, f->durable);
    f->durable = length;
  }
  pthread_mutex_unlock(&files_lock);
}

static void is_durable(int fd) {
  struct stat s;
  if (!tear) return;
  pthread_mutex_lock(&files_lock);
  struct file *f = file_of(fd, &s);
  if (f) {
    forget_pieces(f);
    f->durable = s.st_size;
  }
  pthread_mutex_unlock(&files_lock);
}

static void tear_file(struct file *f) {
  static const char zeros[4096];
  static int turn;
  struct stat s;
  if (fstat(f->fd, &s) != 0) return;
  off_t added = s.st_size > f->durable ? s.st_size - f->durable : 0;
  if (tear == ZEROS)
    for (off_t at = f->durable; at < s.st_size; at += sizeof zeros) {
      off_t left = s.st_size - at;
      real_pwrite(f->fd, zeros, left < (off_t)sizeof zeros ? left : (off_t)sizeof zeros, at);
    }
  else if (added > 0)
    real_ftruncate(f->fd, f->durable + (tear == HALF ? added / 2 : 0));
  for (struct piece *one = f->last; one; one = one->before)
    if (tear != HALF || turn++ % 2) real_pwrite(f->fd, one->bytes, one->length, one->at);
}

/* The lock stays taken: no other thread gets to say that something is durable which is gone now. */
static void tear_all(void) {
  if (!tear) return;
  pthread_mutex_lock(&files_lock);
  for (struct file *f = files; f < files + file_count; f++)
    if (f->fd >= 0) tear_file(f);
}
