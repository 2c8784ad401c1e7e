/* libs/posix/stream.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A stream: what FILE is for applications.  glibc's own streams would not do.
 * A task may block in the midst of one; a task that is killed there must not
 * lose or repeat output; two tasks must not wait for each other on a lock of
 * the host's.  So a stream is ours, and glibc is asked for what is pure:
 * formatting, and the rules of scanf().
 *
 * It begins with a FILE of glibc's in which there is never anything to read
 * and never room to write, so that what glibc's header compiles into an
 * application (putc_unlocked() and its like) always ends in __overflow() or
 * __uflow(), which are bound.  feof_unlocked() looks at the flags there.
 *
 * Output lies in buf[wpos..wend), input in buf[rpos..rend); one of them is
 * empty.  wpos is advanced by what a write took as soon as it returns, so
 * that at every point where a task can end the stream tells what is still to
 * be written.  A full buffer is written up to the end of its last line, in
 * one piece: tasks that write lines to one pipe do not mix them.
 */

#ifndef __LIBS_POSIX_STREAM_H
#define __LIBS_POSIX_STREAM_H

#include "binding.h"

#include <limits.h>

/* What a write to a pipe takes in one piece */

#define STREAM_BUFSIZE PIPE_BUF

#define STREAM_READ    1
#define STREAM_WRITE   2

#define STREAM_AUTO    (-1)            /* Line buffered on a terminal */

struct posix_stream_s
{
  FILE file;                           /* For glibc's inline functions */
  FAR struct posix_stream_s *flink;    /* In the group */
  struct posix_lock_s lock;
  int fd;                              /* -1: "io" instead, or closed */
  cookie_io_functions_t io;
  FAR void *cookie;
  int access;                          /* STREAM_READ, STREAM_WRITE */
  int mode;                            /* _IOFBF, _IOLBF, _IONBF or AUTO */
  bool standard;                       /* One of the three; never freed */
  bool ownbuf;                         /* The buffer is ours to free */
  FAR char *buf;
  size_t size;
  size_t rpos;
  size_t rend;
  size_t wpos;
  size_t wend;
  size_t line;                         /* The end of the last line */
  unsigned int npushed;                /* ungetc(); the last comes first */
  char pushed[8];
  char tiny[8];                        /* A buffer when there is no memory */
  FAR char *text;                      /* Being written, of printf() */
  FAR FILE *scan;                      /* The host's, for scanf() */
  bool scanning;
  int err;                             /* Of this call: negated errno */
};

/* Every function of stdio is between these two: the first enters the call
 * and locks; the second flushes what the mode demands, unlocks, leaves the
 * call, sets errno from "err" and returns that.
 */

FAR struct posix_stream_s *stream_begin(FAR FILE *fp,
                                        FAR struct posix_call_s *call,
                                        int flags);
int stream_end(FAR struct posix_stream_s *s, FAR struct posix_call_s *call);

/* Between them.  They return false, or EOF, when "err" is set; EOF also at
 * the end of the input.
 */

bool stream_put(FAR struct posix_stream_s *s, FAR const char *data,
                size_t len);
int stream_get(FAR struct posix_stream_s *s);
size_t stream_read(FAR struct posix_stream_s *s, FAR char *data, size_t len);
bool stream_unget(FAR struct posix_stream_s *s, int c);
bool stream_reserve(FAR struct posix_stream_s *s, size_t len);
bool stream_flush(FAR struct posix_stream_s *s);
bool stream_writing(FAR struct posix_stream_s *s);
bool stream_reading(FAR struct posix_stream_s *s);
off64_t stream_seek(FAR struct posix_stream_s *s, off64_t pos, int whence);

/* Text was put behind wend by hand */

void stream_added(FAR struct posix_stream_s *s, size_t len);

/* A new one in the calling group; NULL: no memory */

FAR struct posix_stream_s *stream_new(int fd, int access);
int stream_close(FAR struct posix_stream_s *s);
void stream_drop(FAR struct posix_stream_s *s);

/* Flags for open() from the mode of fopen(), or -1 */

int stream_mode(FAR const char *mode, FAR int *access);

#endif /* __LIBS_POSIX_STREAM_H */
