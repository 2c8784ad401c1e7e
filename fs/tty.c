/* fs/tty.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The console.  Two devices share it: /dev/console reads the host's standard
 * input and writes its standard output, /dev/stderr writes its standard
 * error.  There are three kinds of input:
 *
 *   terminal   From the first use on, bytes are taken as they come and go
 *              through the line discipline (tty_line.c), so that what is
 *              typed ahead is echoed.  The host does the output processing.
 *   stream     A pipe or socket: passed on, and touched only when somebody
 *              reads or polls, so that what nobody has read is left for
 *              whoever reads the pipe next.
 *   file       Always ready.
 *
 * Nobody but the task that writes waits for the host to take its output;
 * one at a time per output, so that two writes do not mix.
 *
 * Under virtual time there is nothing to wait with: input and output stop
 * the kernel, whose time does not go on meanwhile.  So a piped script gives
 * the same run again.  A terminal is refused there (-EIO), and told of.
 */

#include "vfs.h"

#include <sys/ioctl.h>
#include <sys/stat.h>

#include <debug.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include <nuttx/clock.h>
#include <nuttx/kmalloc.h>
#include <nuttx/sched.h>
#include <nuttx/sim.h>
#include <nuttx/fs/tty.h>

#include "host_fs.h"
#include "tty.h"

#define CHUNK        1024        /* Bytes taken from a terminal at a time */
#define ECHO_MAX     4096        /* Echo that the terminal has not taken */
#define DECISECOND   (100 * (uint64_t)NSEC_PER_MSEC)

struct tty_in_s
{
  bool open;
  bool ended;                    /* The terminal hung up */
  unsigned int events;           /* What the event is active for, or 0 */
  unsigned int nreaders;         /* Who wait for a stream */
  struct host_term_s term;
  struct sim_event_s event;
  struct fs_waitq_s wait;
  struct polllist_s poll;
  unsigned int nintr;            /* ^C without a foreground group */
};

struct tty_out_s
{
  int hostfd;
  bool open;
  bool busy;                     /* Somebody is writing */
  struct host_term_s term;
  struct sim_event_s event;
  struct fs_waitq_s wait;
  struct polllist_s poll;
};

struct tty_s
{
  struct tty_in_s in;
  struct tty_out_s out;
  struct tty_out_s err;
  struct tty_line_s line;

  char echo[ECHO_MAX];
  size_t necho;
  unsigned long nlostecho;

  int intrfd;                    /* -1: SIGINT is not caught */
  struct sim_event_s intrevent;
  pid_t foreground;              /* 0: none */
};

static struct tty_s g_tty;

static void out_ready(FAR void *arg, unsigned int events);

/* Echo */

static void echo_flush(void)
{
  ssize_t n = 0;

  while (g_tty.necho > 0 && n >= 0)
    {
      n = host_term_write(&g_tty.in.term, g_tty.echo, g_tty.necho);
      if (n > 0)
        {
          g_tty.necho -= n;
          memmove(g_tty.echo, g_tty.echo + n, g_tty.necho);
        }
      else if (n < 0 && n != -EAGAIN)
        {
          g_tty.nlostecho += g_tty.necho;
          g_tty.necho = 0;
        }
    }
}

/* As on other systems, echo that a stopped terminal does not take is lost
 * beyond a limit; it is counted.
 */

static void tty_echo(FAR const char *text, size_t len)
{
  size_t n = MIN(len, ECHO_MAX - g_tty.necho);

  memcpy(g_tty.echo + g_tty.necho, text, n);
  g_tty.necho     += n;
  g_tty.nlostecho += len - n;
}

/* Watching the input */

static void in_ready(FAR void *arg, unsigned int events);

/* Wait for what is needed now.  A terminal is always listened to, unless too
 * much lies unread; a stream while there is somebody to tell.
 */

static void in_watch(void)
{
  FAR struct tty_in_s *in = &g_tty.in;
  unsigned int events = 0;

  if (in->term.kind == HOST_TERM_TTY)
    {
      events = in->ended ||
               (g_tty.line.len >= TTY_LINE_MAX &&
                tty_line_readable(&g_tty.line)) ? 0 : SIM_IN;
      events |= g_tty.necho > 0 && !in->ended ? SIM_OUT : 0;
    }
  else if (in->term.kind == HOST_TERM_STREAM)
    {
      events = in->nreaders > 0 || in->poll.head != NULL ? SIM_IN : 0;
    }

  if (events == in->events || sim_virtual())
    {
      return;
    }

  if (in->events != 0 && events != 0)
    {
      sim_event_mod(&in->event, events);
    }
  else if (events != 0)
    {
      if (sim_event_add(&in->event, events) < 0)
        {
          _err("console: cannot wait for the host's standard input\n");
          return;
        }
    }
  else
    {
      sim_event_del(&in->event);
    }

  in->events = events;
}

static void in_tell(void)
{
  fs_wake(&g_tty.in.wait);
  poll_notify(&g_tty.in.poll, POLLIN | POLLRDNORM |
                              (g_tty.in.ended ? POLLHUP : 0));
}

static void in_ready(FAR void *arg, unsigned int events)
{
  FAR struct tty_in_s *in = arg;
  uint8_t data[CHUNK];
  ssize_t n;

  if (in->term.kind != HOST_TERM_TTY)
    {
      /* Once is enough: who reads or polls will watch again */

      sim_event_del(&in->event);
      in->events = 0;
      in_tell();
      return;
    }

  if ((events & ~SIM_OUT) != 0)
    {
      n = host_term_read(&in->term, data, sizeof(data));
      if (n > 0)
        {
          tty_line_input(&g_tty.line, data, n);
        }
      else if (n != -EAGAIN)
        {
          in->ended = true;
        }
    }

  echo_flush();
  in_watch();

  if (in->ended || tty_line_readable(&g_tty.line))
    {
      in_tell();
    }
}

/* Interrupts */

/* Whether a group has not yet noticed that it was interrupted */

static bool group_unaware(FAR const struct task_group_s *group)
{
  FAR struct tcb_s *tcb;

  for (tcb = group->members; tcb != NULL; tcb = tcb->member)
    {
      if (tcb->state != TSTATE_EXITED && !tcb->exiting &&
          tcb->attention != 0)
        {
          return true;
        }
    }

  return false;
}

static void tty_interrupt(void)
{
  pid_t pid = tty_get_foreground();
  FAR struct tcb_s *tcb = pid > 0 ? nxsched_get_tcb(pid) : NULL;

  if ((g_tty.line.modes.c_lflag & NOFLSH) == 0)
    {
      tty_line_flush(&g_tty.line);
    }

  if ((g_tty.line.modes.c_lflag & ECHO) != 0)
    {
      tty_echo("^C", 2);
      echo_flush();
    }

  in_watch();

  if (tcb == NULL)
    {
      g_tty.in.nintr++;
      fs_wake(&g_tty.in.wait);
    }
  else if (group_unaware(tcb->group))
    {
      _alert("console: task %d (%s) has not taken the last ^C: the kernel "
             "ends\n", (int)pid, tcb->name);
      sim_poweroff(TTY_EXIT_INTR);
    }
  else if (nxsched_kill(pid, SIGINT) < 0)
    {
      _warn("console: ^C cannot end task %d (%s)\n", (int)pid, tcb->name);
    }
}

static void intr_ready(FAR void *arg, unsigned int events)
{
  UNUSED(events);

  if (host_intr_take(*(FAR int *)arg) > 0)
    {
      tty_interrupt();
    }
}

/* In the host's signal handler, in the middle of anything: a task computes
 * and never calls the kernel, which could not even see the first ^C.
 */

static void intr_fatal(void)
{
  FAR struct tcb_s *tcb = nxsched_self();
  char digits[12];
  FAR char *p = digits + sizeof(digits) - 1;
  unsigned int pid = tcb != NULL ? tcb->pid : 0;

  *p = '\0';
  do
    {
      *--p = '0' + pid % 10;
      pid /= 10;
    }
  while (pid > 0);

  host_term_say("\r\nconsole: task ");
  host_term_say(p);
  host_term_say(" (");
  host_term_say(tcb != NULL ? tcb->name : "");
  host_term_say(") does not let the kernel see ^C: the kernel ends\r\n");
}

/* Opening what the host has */

static int intr_open(void)
{
  int ret = host_intr_open(intr_fatal, TTY_EXIT_INTR);

  if (ret < 0)
    {
      return ret;
    }

  g_tty.intrfd          = ret;
  g_tty.intrevent.fd    = ret;
  g_tty.intrevent.ready = intr_ready;
  g_tty.intrevent.arg   = &g_tty.intrfd;

  return sim_event_add(&g_tty.intrevent, SIM_IN | SIM_WEAK);
}

static int terminal_start(void)
{
  FAR struct tty_in_s *in = &g_tty.in;
  int ret;

  if (sim_virtual())
    {
      _err("console: a terminal is no input under virtual time\n");
      return -EIO;
    }

  ret = host_term_getmodes(&in->term, &g_tty.line.modes);
  ret = ret < 0 ? ret : intr_open();
  ret = ret < 0 ? ret : host_term_raw(&in->term, &g_tty.line.modes);
  return ret;
}

static void in_close(void)
{
  if (g_tty.in.events != 0)
    {
      sim_event_del(&g_tty.in.event);
      g_tty.in.events = 0;
    }

  if (g_tty.intrfd >= 0)
    {
      if (g_tty.intrevent.active)
        {
          sim_event_del(&g_tty.intrevent);
        }

      host_intr_close(g_tty.intrfd);
      g_tty.intrfd = -1;
    }

  if (g_tty.in.open)
    {
      if (g_tty.in.term.kind == HOST_TERM_TTY)
        {
          host_term_restore();
        }

      host_term_close(&g_tty.in.term);
      g_tty.in.open = false;
    }
}

/* Be ready for input: 0, or a negative errno, again at each call */

static int in_open(void)
{
  FAR struct tty_in_s *in = &g_tty.in;
  int ret = 0;

  if (in->open)
    {
      return 0;
    }

  ret = host_term_open(0, false, &in->term);
  if (ret < 0)
    {
      return ret;
    }

  in->open        = true;
  in->event.fd    = in->term.fd;
  in->event.ready = in_ready;
  in->event.arg   = in;

  if (in->term.kind == HOST_TERM_TTY)
    {
      ret = terminal_start();
      if (ret < 0)
        {
          in_close();
          return ret;
        }
    }

  in_watch();
  return 0;
}

static int out_open(FAR struct tty_out_s *out)
{
  int ret;

  if (!out->open)
    {
      ret = host_term_open(out->hostfd, true, &out->term);
      if (ret < 0)
        {
          return ret;
        }

      out->open        = true;
      out->event.fd    = out->term.fd;
      out->event.ready = out_ready;
      out->event.arg   = out;
    }

  return 0;
}

static void out_close(FAR struct tty_out_s *out)
{
  if (out->event.active)
    {
      sim_event_del(&out->event);
    }

  if (out->open)
    {
      host_term_close(&out->term);
      out->open = false;
    }
}

/* Reading */

static bool interrupted(FAR unsigned int *nintr)
{
  bool yes = *nintr != g_tty.in.nintr;

  *nintr = g_tty.in.nintr;
  return yes;
}

/* Wait for input until a deadline: 0, -EINTR, -ETIMEDOUT, -EAGAIN */

static int in_wait(FAR struct file *filep, uint64_t deadline)
{
  unsigned int nintr = g_tty.in.nintr;
  struct fs_waitq_s *queue = &g_tty.in.wait;
  int ret;

  if ((filep->f_oflags & O_NONBLOCK) != 0)
    {
      return -EAGAIN;
    }

  ret = fs_timedwait(queue, deadline);
  return ret < 0 ? ret : interrupted(&nintr) ? -EINTR : 0;
}

static ssize_t read_cooked(FAR struct file *filep, FAR char *buffer,
                           size_t buflen)
{
  while (!tty_line_readable(&g_tty.line))
    {
      int ret;

      if (g_tty.in.ended)
        {
          return 0;
        }

      ret = in_wait(filep, CLOCK_NEVER);
      if (ret < 0)
        {
          return ret;
        }

      if ((g_tty.line.modes.c_lflag & ICANON) == 0)
        {
          return -EAGAIN;        /* Changed meanwhile: begin again */
        }
    }

  return tty_line_take(&g_tty.line, buffer, buflen);
}

/* Without ICANON, c_cc[VMIN] bytes are waited for, and c_cc[VTIME] tenths of
 * a second: from the start if VMIN is zero, else from each byte to the next.
 */

static ssize_t read_raw(FAR struct file *filep, FAR char *buffer,
                        size_t buflen)
{
  FAR const struct tty_line_s *line = &g_tty.line;
  size_t min = MIN((size_t)line->modes.c_cc[VMIN], buflen);
  uint64_t time = line->modes.c_cc[VTIME] * DECISECOND;
  uint64_t start = clock_refresh();
  size_t had = 0;
  int ret = 0;

  while (line->len < MAX(min, 1) && !g_tty.in.ended && ret >= 0)
    {
      uint64_t deadline = time > 0 && (min == 0 || line->len > 0) ?
                          start + time : CLOCK_NEVER;

      if (min == 0 && time == 0)
        {
          break;
        }

      had = line->len;
      ret = in_wait(filep, deadline);
      if (line->len != had)
        {
          start = clock_systime_ns();
        }

      if ((line->modes.c_lflag & ICANON) != 0)
        {
          return -EAGAIN;
        }
    }

  if (line->len == 0 && ret < 0 && ret != -ETIMEDOUT)
    {
      return ret;
    }

  return tty_line_take(&g_tty.line, buffer, buflen);
}

static ssize_t read_terminal(FAR struct file *filep, FAR char *buffer,
                             size_t buflen)
{
  bool nonblock = (filep->f_oflags & O_NONBLOCK) != 0;
  ssize_t n;

  do
    {
      n = (g_tty.line.modes.c_lflag & ICANON) != 0 ?
          read_cooked(filep, buffer, buflen) :
          read_raw(filep, buffer, buflen);
    }
  while (n == -EAGAIN && !nonblock);

  in_watch();
  return n;
}

static int stream_wait(void)
{
  int ret;

  g_tty.in.nreaders++;
  in_watch();
  ret = fs_wait(&g_tty.in.wait);
  g_tty.in.nreaders--;
  return ret;
}

static ssize_t read_stream(FAR struct file *filep, FAR char *buffer,
                           size_t buflen)
{
  FAR struct tty_in_s *in = &g_tty.in;
  ssize_t n;

  while ((n = host_term_read(&in->term, buffer, buflen)) == -EAGAIN)
    {
      if ((filep->f_oflags & O_NONBLOCK) != 0)
        {
          break;
        }

      if (sim_virtual())
        {
          host_term_wait(&in->term, false);
          continue;
        }

      n = stream_wait();
      if (n < 0)
        {
          break;
        }
    }

  in_watch();
  return n;
}

static ssize_t console_read(FAR struct file *filep, FAR char *buffer,
                            size_t buflen)
{
  int ret = in_open();

  if (ret < 0 || buflen == 0)
    {
      return ret;
    }

  return g_tty.in.term.kind == HOST_TERM_TTY ?
         read_terminal(filep, buffer, buflen) :
         read_stream(filep, buffer, buflen);
}

/* Writing */

static void out_ready(FAR void *arg, unsigned int events)
{
  FAR struct tty_out_s *out = arg;

  UNUSED(events);
  sim_event_del(&out->event);
  fs_wake(&out->wait);
  poll_notify(&out->poll, POLLOUT | POLLWRNORM);
  poll_notify(&g_tty.in.poll, POLLOUT | POLLWRNORM);
}

/* Have out_ready() called once */

static int out_watch(FAR struct tty_out_s *out)
{
  return out->event.active ? 0 : sim_event_add(&out->event, SIM_OUT);
}

/* Wait until the host takes more */

static int out_wait(FAR struct tty_out_s *out)
{
  int ret;

  if (sim_virtual())
    {
      host_term_wait(&out->term, true);
      return 0;
    }

  ret = out_watch(out);
  return ret < 0 ? ret : fs_wait(&out->wait);
}

static ssize_t out_write(FAR struct file *filep, FAR struct tty_out_s *out,
                         FAR const char *buffer, size_t buflen)
{
  bool nonblock = (filep->f_oflags & O_NONBLOCK) != 0;
  size_t done = 0;
  ssize_t n = 0;

  while (done < buflen && n >= 0)
    {
      n = host_term_write(&out->term, buffer + done, buflen - done);
      if (n >= 0)
        {
          done += n;
        }
      else if (n == -EAGAIN && !nonblock)
        {
          n = out_wait(out);
        }
      else if (n == -EPIPE)
        {
          fs_sigpipe();
        }
    }

  return done > 0 ? (ssize_t)done : n;
}

static ssize_t console_write(FAR struct file *filep, FAR const char *buffer,
                             size_t buflen)
{
  FAR struct tty_out_s *out = file_private(filep);
  ssize_t n = out_open(out);

  while (n >= 0 && out->busy)
    {
      n = (filep->f_oflags & O_NONBLOCK) != 0 ? -EAGAIN :
          fs_wait(&out->wait);
    }

  if (n >= 0)
    {
      out->busy = true;
      n = out_write(filep, out, buffer, buflen);
      out->busy = false;
      fs_wake(&out->wait);
    }

  return n;
}

void tty_flush(void)
{
  while (g_tty.in.open && g_tty.necho > 0)
    {
      echo_flush();
      if (g_tty.necho > 0)
        {
          host_term_wait(&g_tty.in.term, true);
        }
    }
}

/* poll */

static unsigned int in_events(void)
{
  FAR struct tty_in_s *in = &g_tty.in;
  bool ready;

  switch (in->term.kind)
    {
      case HOST_TERM_TTY:
        ready = in->ended || tty_line_readable(&g_tty.line);
        break;

      case HOST_TERM_STREAM:
        ready = host_term_ready(&in->term, false);
        break;

      default:
        ready = true;
    }

  return (ready ? POLLIN | POLLRDNORM : 0) | (in->ended ? POLLHUP : 0);
}

static unsigned int out_events(FAR struct tty_out_s *out)
{
  return host_term_ready(&out->term, true) ? POLLOUT | POLLWRNORM : 0;
}

static int poll_out(FAR struct tty_out_s *out, FAR struct pollwait_s *pw,
                    FAR struct polllist_s *list)
{
  unsigned int events;
  int ret = out_open(out);

  if (ret < 0)
    {
      return ret;
    }

  if (list != NULL)
    {
      pollwait_add(list, pw);
    }

  events = out_events(out);
  poll_notify_one(pw, events);
  return events != 0 || sim_virtual() ? 0 : out_watch(out);
}

/* A waiter is in one list only, that of the input if it wants both: output
 * tells that one, too.
 */

static int poll_in(FAR struct file *filep, FAR struct pollwait_s *pw)
{
  unsigned int events;
  int ret = in_open();

  if (ret < 0)
    {
      return ret;
    }

  events = in_events();
  pollwait_add(&g_tty.in.poll, pw);
  poll_notify_one(pw, events);

  if ((events & POLLIN) == 0)
    {
      in_watch();
    }

  return (filep->f_oflags & O_ACCMODE) == O_RDONLY ||
         (pw->events & (POLLOUT | POLLWRNORM)) == 0 ? 0 :
         poll_out(file_private(filep), pw, NULL);
}

static int console_poll(FAR struct file *filep, FAR struct pollwait_s *pw,
                        bool setup)
{
  FAR struct tty_out_s *out = file_private(filep);

  if (!setup)
    {
      pollwait_del(pw);
      in_watch();
      return 0;
    }

  return (filep->f_oflags & O_ACCMODE) == O_WRONLY ?
         poll_out(out, pw, &out->poll) : poll_in(filep, pw);
}

/* ioctl */

/* The terminal that a file is, or -ENOTTY */

static int terminal_of(FAR struct file *filep,
                       FAR const struct host_term_s **term)
{
  FAR struct tty_out_s *out = file_private(filep);
  int ret;

  if ((filep->f_oflags & O_ACCMODE) == O_WRONLY)
    {
      ret   = out_open(out);
      *term = &out->term;
    }
  else
    {
      ret   = in_open();
      *term = &g_tty.in.term;
    }

  return ret < 0 ? ret : (*term)->kind != HOST_TERM_TTY ? -ENOTTY : 0;
}

/* The modes of the input, if that is a terminal: those of the same terminal,
 * usually, and the only ones that can be set.
 */

static int get_modes(FAR const struct host_term_s *term,
                     FAR struct termios *modes)
{
  if (g_tty.in.term.kind != HOST_TERM_TTY)
    {
      return host_term_getmodes(term, modes);
    }

  *modes = g_tty.line.modes;
  return 0;
}

static int set_modes(FAR const struct termios *modes, bool flush)
{
  int ret;

  if (g_tty.in.term.kind != HOST_TERM_TTY)
    {
      return -EOPNOTSUPP;
    }

  ret = host_term_raw(&g_tty.in.term, modes);
  if (ret < 0)
    {
      return ret;
    }

  if (flush)
    {
      tty_line_flush(&g_tty.line);
    }

  tty_line_setmodes(&g_tty.line, modes);
  echo_flush();
  in_watch();
  in_tell();                     /* Those who wait look again */
  return 0;
}

static int flush_queue(unsigned long queue)
{
  if (queue != TCIFLUSH && queue != TCOFLUSH && queue != TCIOFLUSH)
    {
      return -EINVAL;
    }

  if (queue != TCOFLUSH)
    {
      tty_line_flush(&g_tty.line);
      in_watch();
    }

  return 0;
}

static int get_avail(FAR int *avail)
{
  *avail = tty_line_readable(&g_tty.line) ? tty_line_avail(&g_tty.line) : 0;
  return 0;
}

static int get_group(FAR pid_t *pid)
{
  *pid = tty_get_foreground();
  *pid = *pid > 0 ? *pid : nxsched_getpid();
  return 0;
}

static int set_group(FAR const pid_t *pid)
{
  pid_t before = tty_set_foreground(*pid);

  return before < 0 ? before : 0;
}

static int console_ioctl(FAR struct file *filep, unsigned long cmd,
                         unsigned long arg)
{
  FAR const struct host_term_s *term;
  int ret = terminal_of(filep, &term);

  if (ret < 0)
    {
      return ret;
    }

  if (arg == 0 && cmd != TCFLSH && cmd != TCSBRK)
    {
      return -EFAULT;
    }

  switch (cmd)
    {
      case TCGETS:
        return get_modes(term, (FAR struct termios *)arg);

      case TCSETS:
      case TCSETSW:
      case TCSETSF:
        return set_modes((FAR const struct termios *)arg, cmd == TCSETSF);

      case TCFLSH:
        return flush_queue(arg);

      case TCSBRK:
        return arg != 0 ? 0 : -EOPNOTSUPP;    /* Drained; no break */

      case TIOCGWINSZ:
        return host_term_winsize(term, (FAR struct winsize *)arg);

      case TIOCSWINSZ:
        return host_term_setwinsize(term, (FAR const struct winsize *)arg);

      case TIOCGPGRP:
        return get_group((FAR pid_t *)arg);

      case TIOCSPGRP:
        return set_group((FAR const pid_t *)arg);

      case FIONREAD:
        return get_avail((FAR int *)arg);

      default:
        return -ENOTTY;
    }
}

/* What the file really is: a redirected console is no character device */

static int console_fstat(FAR struct file *filep, FAR struct stat *buf)
{
  FAR const struct host_term_s *term;
  int ret = terminal_of(filep, &term);

  if (ret < 0 && ret != -ENOTTY)
    {
      return ret;
    }

  inode_stat(filep->f_inode, buf);
  if (term->kind == HOST_TERM_STREAM)
    {
      buf->st_mode = S_IFIFO | (buf->st_mode & ~S_IFMT);
    }

  return 0;
}

/* The foreground */

pid_t tty_get_foreground(void)
{
  FAR struct tcb_s *tcb = nxsched_get_tcb(g_tty.foreground);

  if (g_tty.foreground > 0 && tcb == NULL)
    {
      g_tty.foreground = 0;
    }

  return g_tty.foreground;
}

pid_t tty_set_foreground(pid_t pid)
{
  pid_t before = tty_get_foreground();
  FAR struct tcb_s *tcb = pid > 0 ? nxsched_get_tcb(pid) : NULL;

  if (pid < 0 || (pid > 0 && tcb == NULL))
    {
      return -ESRCH;
    }

  g_tty.foreground = pid > 0 ? tcb->group->pid : 0;

  /* From now on ^C is ours, if there is a terminal to type it on.  Should
   * that fail, reading will say so.
   */

  if (pid > 0 && !sim_virtual())
    {
      int ret = in_open();

      if (ret < 0)
        {
          _warn("console: standard input: %d\n", ret);
        }
    }

  return before;
}

/* Start and end */

static const struct file_operations g_console_ops =
{
  .read  = console_read,
  .write = console_write,
  .ioctl = console_ioctl,
  .poll  = console_poll,
  .fstat = console_fstat
};

static const struct file_operations g_stderr_ops =
{
  .write = console_write,
  .ioctl = console_ioctl,
  .poll  = console_poll,
  .fstat = console_fstat
};

static void tty_finish(FAR void *arg)
{
  UNUSED(arg);

  /* Without waiting: the terminal may be stopped (^S) */

  if (g_tty.in.open)
    {
      echo_flush();
    }

  in_close();
  out_close(&g_tty.out);
  out_close(&g_tty.err);
  tty_line_free(&g_tty.line);
}

int tty_initialize(void)
{
  int ret;

  memset(&g_tty, 0, sizeof(g_tty));
  tty_line_init(&g_tty.line);

  g_tty.line.echo      = tty_echo;
  g_tty.line.interrupt = tty_interrupt;
  g_tty.out.hostfd     = 1;
  g_tty.err.hostfd     = 2;
  g_tty.intrfd         = -1;

  ret = sim_atexit(tty_finish, NULL);
  ret = ret < 0 ? ret : register_driver("/dev/console", &g_console_ops, 0666,
                                        &g_tty.out);
  ret = ret < 0 ? ret : register_driver("/dev/stderr", &g_stderr_ops, 0222,
                                        &g_tty.err);
  return ret;
}
