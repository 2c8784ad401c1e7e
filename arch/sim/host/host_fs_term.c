/* arch/sim/host/host_fs_term.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The host's side of the console.
 *
 * O_NONBLOCK belongs to the open file description, which this process shares
 * with the shell that started it and with others in the pipeline.  So the
 * file is opened once more through /proc/self/fd, for a description of our
 * own.  A socket cannot be, but has MSG_DONTWAIT.  Where opening fails for
 * another reason the shared description is used, and restored at the end.
 *
 * A terminal in our modes must not be left behind so.  Every way out is
 * covered that can be: host_term_restore() at the end of a kernel, exit()
 * through atexit(), and the signals that end a process: their handler
 * restores the terminal, puts back the handler that was there before, and
 * lets the signal happen again.
 */

#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64

#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "host_fs.h"

/* The signals that end a process, and may do so while it has a terminal */

static const int g_signals[] =
{
  SIGHUP, SIGTERM, SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL
};

#define NSIGNALS (sizeof(g_signals) / sizeof(g_signals[0]))

struct hostterm_s
{
  volatile sig_atomic_t raw;     /* The terminal has our modes */
  int rawfd;
  struct termios found;          /* The modes it had */
  struct termios ours;
  struct sigaction oldaction[NSIGNALS];
  struct sigaction oldcont;
  unsigned int nopen;            /* Of host_term_open() */
  struct sigaction oldpipe;
};

struct hostintr_s
{
  int fd;                        /* An eventfd; -1: not in use */
  volatile sig_atomic_t pending;
  void (*fatal)(void);
  int status;
  struct sigaction oldaction;
};

static struct hostterm_s g_hostterm;
static struct hostintr_s g_hostintr =
{
  .fd = -1
};

static int result(int ret)
{
  return ret < 0 ? -errno : ret;
}

/* Opening */

static void ignore_sigpipe(void)
{
  struct sigaction action;

  memset(&action, 0, sizeof(action));
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, &g_hostterm.oldpipe);
}

/* Use the process' own descriptor, set not to wait */

static int share(int hostfd, struct host_term_s *term)
{
  int flags = fcntl(hostfd, F_GETFL);

  if (flags < 0)
    {
      return -errno;
    }

  term->fd = hostfd;
  if ((flags & O_NONBLOCK) != 0 || term->socket)
    {
      return 0;
    }

  term->flags = flags;
  return result(fcntl(hostfd, F_SETFL, flags | O_NONBLOCK));
}

/* Open the same once more.  A terminal for both directions: its echo. */

static int reopen(int hostfd, bool output, struct host_term_s *term)
{
  int oflags = O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  char path[32];

  snprintf(path, sizeof(path), "/proc/self/fd/%d", hostfd);
  term->fd = -1;

  if (term->kind == HOST_TERM_TTY)
    {
      term->fd = open(path, oflags | O_RDWR);
    }

  if (term->fd < 0)
    {
      term->fd = open(path, oflags | (output ? O_WRONLY : O_RDONLY));
    }

  term->own = term->fd >= 0;
  return result(term->fd);
}

int host_term_open(int hostfd, bool output, struct host_term_s *term)
{
  struct stat buf;
  int ret = 0;

  memset(term, 0, sizeof(*term));
  term->fd    = -1;
  term->flags = -1;

  /* What is close-on-exec has not come from whoever started this process: it
   * was started without, and something of ours has got the number.
   */

  if ((fcntl(hostfd, F_GETFD) & FD_CLOEXEC) != 0)
    {
      return 0;
    }

  if (fstat(hostfd, &buf) < 0)
    {
      return errno == EBADF ? 0 : -errno;
    }

  term->socket = S_ISSOCK(buf.st_mode);
  term->kind   = isatty(hostfd) ? HOST_TERM_TTY :
                 S_ISFIFO(buf.st_mode) || term->socket ? HOST_TERM_STREAM :
                 HOST_TERM_FILE;

  if (term->kind == HOST_TERM_FILE)
    {
      term->fd = hostfd;
    }
  else if (term->socket || reopen(hostfd, output, term) < 0)
    {
      ret = share(hostfd, term);
    }

  if (ret < 0)
    {
      term->kind = HOST_TERM_NONE;
    }
  else if (g_hostterm.nopen++ == 0)
    {
      ignore_sigpipe();
    }

  return ret;
}

void host_term_close(struct host_term_s *term)
{
  if (term->kind == HOST_TERM_NONE)
    {
      return;
    }

  if (term->own)
    {
      close(term->fd);
    }
  else if (term->flags >= 0)
    {
      fcntl(term->fd, F_SETFL, term->flags);
    }

  term->kind = HOST_TERM_NONE;
  if (--g_hostterm.nopen == 0)
    {
      sigaction(SIGPIPE, &g_hostterm.oldpipe, NULL);
    }
}

/* Using */

ssize_t host_term_read(const struct host_term_s *in, void *buf, size_t len)
{
  ssize_t n;

  if (in->kind == HOST_TERM_NONE)
    {
      return 0;
    }

  do
    {
      n = in->socket ? recv(in->fd, buf, len, MSG_DONTWAIT) :
                       read(in->fd, buf, len);
    }
  while (n < 0 && errno == EINTR);

  return n < 0 ? -errno : n;
}

ssize_t host_term_write(const struct host_term_s *out, const void *buf,
                        size_t len)
{
  ssize_t n;

  if (out->kind == HOST_TERM_NONE)
    {
      return -EBADF;
    }

  do
    {
      n = out->socket ? send(out->fd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL) :
                        write(out->fd, buf, len);
    }
  while (n < 0 && errno == EINTR);

  return n < 0 ? -errno : n;
}

static bool term_poll(const struct host_term_s *term, bool output,
                      int timeout)
{
  struct pollfd pfd;
  int ret;

  if (term->kind == HOST_TERM_NONE || term->kind == HOST_TERM_FILE)
    {
      return true;
    }

  pfd.fd      = term->fd;
  pfd.events  = output ? POLLOUT : POLLIN;
  pfd.revents = 0;

  do
    {
      ret = poll(&pfd, 1, timeout);
    }
  while (ret < 0 && errno == EINTR);

  return ret != 0;
}

bool host_term_ready(const struct host_term_s *term, bool output)
{
  return term_poll(term, output, 0);
}

void host_term_wait(const struct host_term_s *term, bool output)
{
  term_poll(term, output, -1);
}

/* Modes */

/* Also when this process is in the background: SIGTTOU is held back.  Safe
 * in a signal handler.
 */

static int set_modes(int fd, const struct termios *modes)
{
  sigset_t block;
  sigset_t old;
  int ret;

  sigemptyset(&block);
  sigaddset(&block, SIGTTOU);
  sigprocmask(SIG_BLOCK, &block, &old);

  do
    {
      ret = tcsetattr(fd, TCSANOW, modes);
    }
  while (ret < 0 && errno == EINTR);

  ret = result(ret);
  sigprocmask(SIG_SETMASK, &old, NULL);
  return ret;
}

/* Restore the terminal, and let it happen again with the former handler: a
 * fault by itself, on return, anything else because it is raised.
 */

static void on_fatal(int sig, siginfo_t *info, void *context)
{
  int saved = errno;
  size_t i;

  (void)context;

  if (g_hostterm.raw)
    {
      set_modes(g_hostterm.rawfd, &g_hostterm.found);
    }

  for (i = 0; i < NSIGNALS; i++)
    {
      if (g_signals[i] == sig)
        {
          sigaction(sig, &g_hostterm.oldaction[i], NULL);
        }
    }

  if (info->si_code <= 0 || info->si_code == SI_KERNEL)
    {
      raise(sig);
    }

  errno = saved;
}

/* Continued after a stop: the shell has set the terminal to its liking */

static void on_continue(int sig)
{
  int saved = errno;

  (void)sig;

  if (g_hostterm.raw)
    {
      set_modes(g_hostterm.rawfd, &g_hostterm.ours);
    }

  errno = saved;
}

static void catch_signals(void)
{
  struct sigaction action;
  size_t i;

  memset(&action, 0, sizeof(action));
  sigemptyset(&action.sa_mask);
  action.sa_flags     = SA_SIGINFO | SA_ONSTACK;
  action.sa_sigaction = on_fatal;

  for (i = 0; i < NSIGNALS; i++)
    {
      sigaction(g_signals[i], &action, &g_hostterm.oldaction[i]);
    }

  action.sa_flags   = SA_ONSTACK | SA_RESTART;
  action.sa_handler = on_continue;
  sigaction(SIGCONT, &action, &g_hostterm.oldcont);
}

static void release_signals(void)
{
  size_t i;

  for (i = 0; i < NSIGNALS; i++)
    {
      sigaction(g_signals[i], &g_hostterm.oldaction[i], NULL);
    }

  sigaction(SIGCONT, &g_hostterm.oldcont, NULL);
}

int host_term_getmodes(const struct host_term_s *term, struct termios *modes)
{
  if (term->kind != HOST_TERM_TTY)
    {
      return -ENOTTY;
    }

  return result(tcgetattr(term->fd, modes));
}

/* What of the modes is left to the host: output processing, flow control,
 * the interrupt and quit characters.  Editing and echo are the kernel's.
 */

static void host_modes(const struct termios *modes, struct termios *host)
{
  *host = *modes;
  host->c_iflag &= ~(BRKINT | ICRNL | IGNCR | INLCR | ISTRIP | PARMRK |
                     IMAXBEL | IUCLC);
  host->c_lflag &= ISIG | NOFLSH | TOSTOP;
  host->c_cc[VMIN]  = 1;
  host->c_cc[VTIME] = 0;
  host->c_cc[VSUSP] = _POSIX_VDISABLE;
}

int host_term_raw(const struct host_term_s *term, const struct termios *modes)
{
  static bool atexit_done;
  struct termios host;
  int ret;

  if (term->kind != HOST_TERM_TTY)
    {
      return -ENOTTY;
    }

  if (!atexit_done && atexit(host_term_restore) != 0)
    {
      return -ENOMEM;
    }

  atexit_done = true;
  host_modes(modes, &host);

  if (!g_hostterm.raw)
    {
      if (tcgetattr(term->fd, &g_hostterm.found) < 0)
        {
          return -errno;
        }

      catch_signals();
    }
  else if (memcmp(&host, &g_hostterm.ours, sizeof(host)) == 0)
    {
      return 0;
    }

  g_hostterm.rawfd = term->fd;
  g_hostterm.ours  = host;
  ret = set_modes(term->fd, &host);

  if (ret >= 0)
    {
      g_hostterm.raw = 1;
    }
  else if (!g_hostterm.raw)
    {
      release_signals();
    }

  return ret;
}

void host_term_restore(void)
{
  if (g_hostterm.raw)
    {
      set_modes(g_hostterm.rawfd, &g_hostterm.found);
      g_hostterm.raw = 0;
      release_signals();
    }
}

int host_term_winsize(const struct host_term_s *term, struct winsize *size)
{
  return term->kind != HOST_TERM_TTY ? -ENOTTY :
         result(ioctl(term->fd, TIOCGWINSZ, size));
}

int host_term_setwinsize(const struct host_term_s *term,
                         const struct winsize *size)
{
  return term->kind != HOST_TERM_TTY ? -ENOTTY :
         result(ioctl(term->fd, TIOCSWINSZ, size));
}

/* Interrupts */

void host_term_exit(int status)
{
  if (g_hostterm.raw)
    {
      set_modes(g_hostterm.rawfd, &g_hostterm.found);
    }

  _exit(status);
}

static void on_interrupt(int sig)
{
  static const uint64_t one = 1;
  int saved = errno;

  (void)sig;

  if (g_hostintr.pending)
    {
      g_hostintr.fatal();
      host_term_exit(g_hostintr.status);
    }

  g_hostintr.pending = 1;
  if (write(g_hostintr.fd, &one, sizeof(one)) < 0)
    {
      /* It counts to 2^64: this cannot be full */

      host_term_exit(g_hostintr.status);
    }

  errno = saved;
}

int host_intr_open(void (*fatal)(void), int status)
{
  struct sigaction action;
  int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

  if (fd < 0)
    {
      return -errno;
    }

  g_hostintr.fd      = fd;
  g_hostintr.pending = 0;
  g_hostintr.fatal   = fatal;
  g_hostintr.status  = status;

  memset(&action, 0, sizeof(action));
  sigemptyset(&action.sa_mask);
  action.sa_flags   = SA_ONSTACK | SA_RESTART;
  action.sa_handler = on_interrupt;
  sigaction(SIGINT, &action, &g_hostintr.oldaction);
  return fd;
}

unsigned int host_intr_take(int fd)
{
  uint64_t count = 0;

  if (read(fd, &count, sizeof(count)) < 0)
    {
      count = 0;
    }

  g_hostintr.pending = 0;
  return count;
}

void host_intr_close(int fd)
{
  sigaction(SIGINT, &g_hostintr.oldaction, NULL);
  g_hostintr.fd = -1;
  close(fd);
}

void host_term_say(const char *text)
{
  size_t len = strlen(text);

  while (len > 0)
    {
      ssize_t n = write(STDERR_FILENO, text, len);

      if (n < 0)
        {
          break;
        }

      text += n;
      len  -= n;
    }
}
