/* tests/host/kernel/test_tty.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The console.  Goal: on a terminal it edits and echoes as a terminal does,
 * ^C ends what it should, and the terminal is as it was when the kernel has
 * ended, however it ends; with pipes and files it passes on what there is
 * and leaves the rest.  Method: each scenario runs in a process of its own,
 * whose standard input and output are a pseudo-terminal (its controlling
 * one), pipes, sockets or files.  The first task types on the other side of
 * the terminal and reads what is shown there.  The kernel runs in real time,
 * but no result depends on how long anything takes.
 */

#define _GNU_SOURCE

#include "fs_fixture.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <signal.h>
#include <termios.h>

#include <nuttx/semaphore.h>
#include <nuttx/fs/tty.h>

#define FAILED 77                /* Status of a process with failed checks */

static int g_master;             /* The other side of the terminal */
static int g_slave;
static int g_in[2];              /* Pipes or sockets as standard streams */
static int g_out[2];

/* The other side: host calls, made by the first task */

static void type(const char *text)
{
  EQ(write(g_master, text, strlen(text)), strlen(text));
}

/* What must be shown next, and nothing else.  The kernel may have to run for
 * it to be shown.
 */

static void expect_at(const char *text, int line)
{
  char shown[512];
  size_t len = 0;
  int patience = 20000;

  while (len < strlen(text))
    {
      struct pollfd pfd =
      {
        g_master, POLLIN, 0
      };

      ssize_t n;

      if (poll(&pfd, 1, 0) <= 0)
        {
          if (patience-- == 0)
            {
              break;
            }

          sleep_ms(1);
          continue;
        }

      n = read(g_master, shown + len, strlen(text) - len);
      if (n <= 0)
        {
          break;
        }

      len += n;
    }

  shown[len] = '\0';
  check_text(shown, text, "shown", __FILE__, line);
}

#define EXPECT(text) expect_at(text, __LINE__)

static void read_at(const char *text, int line)
{
  char buf[512];
  ssize_t n = nx_read(0, buf, sizeof(buf) - 1);

  check_eq(n, strlen(text), "read", __FILE__, line);
  buf[n < 0 ? 0 : n] = '\0';
  check_text(buf, text, "read", __FILE__, line);
}

#define READ(text) read_at(text, __LINE__)

/* Processes */

static void open_terminal(void)
{
  g_master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  assert_true(g_master >= 0);
  assert_int_equal(grantpt(g_master), 0);
  assert_int_equal(unlockpt(g_master), 0);
  g_slave = open(ptsname(g_master), O_RDWR | O_NOCTTY | O_CLOEXEC);
  assert_true(g_slave >= 0);
}

static void close_terminal(void)
{
  close(g_master);
  close(g_slave);
}

/* A hang shall end, and a crash is not to be caught by the parent's cmocka,
 * which would go on with the next test in here.
 */

static void begin_child(void)
{
  static const int crash[] =
  {
    SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT
  };

  for (size_t i = 0; i < nitems(crash); i++)
    {
      signal(crash[i], SIG_DFL);
    }

  alarm(60);
}

/* In the child: run, and say how it went by the status */

static void child(void (*body)(void), int in, int out, bool virtual_time)
{
  struct kmm_info_s before;
  struct kmm_info_s after;
  int flags = in >= 0 ? fcntl(in, F_GETFL) : 0;
  int status;
  int fds;

  begin_child();

  if (in >= 0)
    {
      dup2(in, 0);
    }
  else
    {
      close(0);
    }

  dup2(out, 1);
  fds = count_host_fds();
  kmm_getinfo(&before);
  status = run_kernel(body, virtual_time);
  kmm_getinfo(&after);

  EQ(after.nblocks, before.nblocks);
  EQ(count_host_fds(), fds);
  EQ(in >= 0 ? fcntl(0, F_GETFL) : 0, flags);
  _exit(check_failures() > 0 ? FAILED : status);
}

static int wait_for(pid_t pid)
{
  int status;

  assert_true(pid > 0);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  return status;
}

/* From its first use on the console echoes; before, the host does. */

static void (*g_inner)(void);

static void body_terminal(void)
{
  EQ(nx_isatty(0), 1);
  g_inner();
}

/* With a terminal: returns the wait status.  The modes must be as before. */

static int on_terminal(void (*body)(void), bool virtual_time)
{
  struct termios before;
  struct termios after;
  int status;
  pid_t pid;

  memset(&before, 0, sizeof(before));
  memset(&after, 0, sizeof(after));
  open_terminal();
  tcgetattr(g_slave, &before);

  pid = fork();
  if (pid == 0)
    {
      setsid();
      ioctl(g_slave, TIOCSCTTY, 0);
      child(body, g_slave, g_slave, virtual_time);
    }

  status = wait_for(pid);
  tcgetattr(g_slave, &after);
  close_terminal();
  assert_memory_equal(&before, &after, sizeof(before));
  return status;
}

#define TERMINAL(name)                                     \
  static void body_##name(void);                           \
  static void test_##name(void **state)                    \
  {                                                        \
    (void)state;                                           \
    g_inner = body_##name;                                 \
    assert_int_equal(on_terminal(body_terminal, false), 0); \
  }                                                        \
  static void body_##name(void)

/* With other files */

static void redirected(void (*body)(void), int in, int out, bool virt)
{
  pid_t pid = fork();

  if (pid == 0)
    {
      child(body, in, out, virt);
    }

  assert_int_equal(wait_for(pid), 0);
}

/* Lines */

TERMINAL(a_line)
{
  type("hello\r");
  READ("hello\n");
  EXPECT("hello\r\n");
  EQ(nx_write(1, "answer\n", 7), 7);
  EXPECT("answer\r\n");
  EQ(nx_write(2, "", 0), 0);
}

TERMINAL(a_line_in_pieces)
{
  char buf[4] = "";

  type("abcdef\rnext\r");
  EQ(nx_read(0, buf, 3), 3);
  TEXT(buf, "abc");
  EQ(nx_read(0, buf, 0), 0);
  READ("def\n");
  READ("next\n");
}

TERMINAL(editing)
{
  type("abx\177c\r");
  READ("abc\n");
  EXPECT("abx\b \bc\r\n");

  type("\177\177x\025abc\r");
  READ("abc\n");
  EXPECT("x\b \babc\r\n");

  type("one two  \027\027\027\027x\r");
  READ("x\n");
  EXPECT("one two  \b \b\b \b\b \b\b \b\b \b\b \b\b \b\b \b\b \bx\r\n");

  type("a\026\025\026\177\r");
  READ("a\025\177\n");
  EXPECT("a^U^?\r\n");

  type("\001\177b\r");
  READ("b\n");
  EXPECT("^A\b \b\b \bb\r\n");

  type("ab\022c\r");
  READ("abc\n");
  EXPECT("ab\r\nabc\r\n");

  type("a\tb\177\177c\r");
  READ("ac\n");
  EXPECT("a\tb\b \b\r\nac\r\n");
}

/* A character of two bytes is one, if the terminal says that it is UTF-8 */

TERMINAL(editing_utf8)
{
  struct termios modes;

  EQ(nx_ioctl(0, TCGETS, &modes), 0);
  modes.c_iflag |= IUTF8;
  EQ(nx_ioctl(0, TCSETS, &modes), 0);
  type("a\303\244\177b\r");
  READ("ab\n");
  EXPECT("a\303\244\b \bb\r\n");
}

TERMINAL(end_of_file)
{
  type("abc\004");
  READ("abc");
  type("\004");
  READ("");
  type("more\r");
  READ("more\n");
  type("\004\004x\r");
  READ("");
  READ("");
  READ("x\n");
}

/* Modes */

static void set_raw(int vmin, int vtime)
{
  struct termios modes;

  EQ(nx_ioctl(0, TCGETS, &modes), 0);
  cfmakeraw(&modes);
  modes.c_cc[VMIN]  = vmin;
  modes.c_cc[VTIME] = vtime;
  EQ(nx_ioctl(0, TCSETSW, &modes), 0);
}

TERMINAL(raw_bytes)
{
  char buf[8] = "";

  set_raw(1, 0);
  type("\r\003\004\177");
  for (int i = 0; i < 4; i++)
    {
      EQ(nx_read(0, buf + i, 1), 1);
    }

  TEXT(buf, "\r\003\004\177");

  /* Neither echoed nor processed on output */

  EQ(nx_write(1, "x\n", 2), 2);
  EXPECT("x\n");
}

TERMINAL(raw_counts_and_times)
{
  char buf[8];

  set_raw(3, 0);
  type("abc");
  EQ(nx_read(0, buf, sizeof(buf)), 3);
  type("d");
  EQ(nx_read(0, buf, 1), 1);
  set_raw(0, 0);
  EQ(nx_read(0, buf, 8), 0);
  set_raw(0, 1);
  EQ(nx_read(0, buf, 8), 0);
  set_raw(4, 1);
  type("e");
  EQ(nx_read(0, buf, 8), 1);
  EQ(nx_fcntl(0, F_SETFL, O_NONBLOCK), 0);
  EQ(nx_read(0, buf, 8), -EAGAIN);
}

TERMINAL(typed_ahead_of_a_mode)
{
  struct termios cooked;
  char buf[8];

  EQ(nx_ioctl(0, TCGETS, &cooked), 0);
  set_raw(1, 0);
  type("1ab\177c\r2");
  EQ(nx_read(0, buf, 1), 1);

  while (nx_ioctl(0, FIONREAD, (int *)buf) == 0 && *(int *)buf < 6)
    {
      nxsched_yield();
    }

  EQ(nx_ioctl(0, TCSETS, &cooked), 0);
  READ("ac\n");
  EXPECT("ab\b \bc\r\n2");
  type("\r");
  READ("2\n");

  /* The other way: a line that is not complete can be read */

  EXPECT("\r\n");
  type("half");
  EXPECT("half");
  set_raw(1, 0);
  EQ(nx_read(0, buf, 8), 4);

  /* And TCSETSF forgets */

  EQ(nx_ioctl(0, TCSETS, &cooked), 0);
  type("lost\r");
  EXPECT("lost\r\n");
  EQ(nx_ioctl(0, TCSETSF, &cooked), 0);
  type("kept\r");
  READ("kept\n");
}

TERMINAL(requests)
{
  struct winsize size =
  {
    .ws_row = 11,
    .ws_col = 44
  };

  struct stat st;
  pid_t pid;

  EQ(nx_isatty(0), 1);
  EQ(nx_isatty(1), 1);
  EQ(ioctl(g_master, TIOCSWINSZ, &size), 0);
  memset(&size, 0, sizeof(size));
  EQ(nx_ioctl(0, TIOCGWINSZ, &size), 0);
  EQ(size.ws_row, 11);
  EQ(size.ws_col, 44);
  EQ(nx_ioctl(1, TIOCGWINSZ, &size), 0);
  EQ(nx_ioctl(0, TIOCGWINSZ, NULL), -EFAULT);
  EQ(nx_ioctl(0, TCGETS, NULL), -EFAULT);
  EQ(nx_ioctl(0, TIOCSTI, &size), -ENOTTY);
  EQ(nx_ioctl(0, TCFLSH, 9UL), -EINVAL);
  EQ(nx_ioctl(0, TCSBRK, 0UL), -EOPNOTSUPP);
  EQ(nx_ioctl(0, TCSBRK, 1UL), 0);
  EQ(nx_lseek(0, 0, SEEK_SET), -ESPIPE);
  EQ(nx_write(0, "x", 1), -EBADF);
  EQ(nx_read(1, &st, 1), -EBADF);
  EQ(nx_fstat(0, &st), 0);
  CHECK(S_ISCHR(st.st_mode));

  EQ(nx_ioctl(0, TIOCGPGRP, &pid), 0);
  EQ(pid, 1);
  pid = 4711;
  EQ(nx_ioctl(0, TIOCSPGRP, &pid), -ESRCH);
  EQ(tty_set_foreground(-1), -ESRCH);
  EQ(tty_set_foreground(1), 0);
  EQ(tty_set_foreground(0), 1);
}

/* The description that others share has no O_NONBLOCK meanwhile */

TERMINAL(flags_of_others)
{
  EQ(nx_isatty(0), 1);
  EQ(nx_write(1, "x", 1), 1);
  EQ(fcntl(0, F_GETFL) & O_NONBLOCK, 0);
  EQ(fcntl(1, F_GETFL) & O_NONBLOCK, 0);
}

/* poll */

static int wait_input(int timeout)
{
  struct pollfd pfd =
  {
    0, POLLIN, 0
  };

  int ret = nx_poll(&pfd, 1, timeout);

  return ret > 0 ? pfd.revents : ret;
}

TERMINAL(polling)
{
  struct pollfd out =
  {
    1, POLLOUT, 0
  };

  char c;

  EQ(wait_input(0), 0);
  EQ(nx_fcntl(0, F_SETFL, O_NONBLOCK), 0);
  EQ(nx_read(0, &c, 1), -EAGAIN);
  type("ab");
  EXPECT("ab");
  EQ(wait_input(0), 0);
  type("\r");
  EQ(wait_input(-1), POLLIN);
  READ("ab\n");
  EQ(wait_input(0), 0);
  EQ(nx_poll(&out, 1, -1), 1);
  EQ(out.revents, POLLOUT);
}

/* ^C */

static int sleeper(void *arg)
{
  (void)arg;
  sleep_ms(1000000);
  return 0;
}

TERMINAL(interrupts_the_foreground)
{
  pid_t other = start(sleeper, NULL);
  pid_t pid = start(sleeper, NULL);

  EQ(tty_set_foreground(pid), 0);
  EQ(tty_get_foreground(), pid);
  type("typed ahead");
  EXPECT("typed ahead");
  type("\003");
  EQ(reap(pid), -SIGINT);
  EQ(tty_get_foreground(), 0);
  EXPECT("^C");

  /* Forgotten; and the other one still sleeps */

  type("new\r");
  READ("new\n");
  EQ(nxsched_kill(other, 0), 0);
  EQ(nxsched_kill(other, SIGKILL), 0);
  EQ(reap(other), -SIGKILL);
}

TERMINAL(interrupts_a_line)
{
  char buf[16];

  type("half");
  EXPECT("half");
  type("\003");
  EQ(nx_read(0, buf, sizeof(buf)), -EINTR);
  type("whole\r");
  READ("whole\n");
  EXPECT("^Cwhole\r\n");
}

/* The second comes before the kernel has seen the first */

static int computes(void *arg)
{
  (void)arg;
  raise(SIGINT);
  raise(SIGINT);
  return 0;
}

static void body_second_interrupt(void)
{
  nx_isatty(0);
  pid_t pid = start(sleeper, NULL);

  tty_set_foreground(pid);
  computes(NULL);
  CHECK(false);
}

static void test_second_interrupt(void **state)
{
  char text[256];
  int err = dup(2);
  int pipefd[2];
  ssize_t n;
  int status;

  (void)state;
  assert_int_equal(pipe(pipefd), 0);
  dup2(pipefd[1], 2);
  status = on_terminal(body_second_interrupt, false);
  dup2(err, 2);
  close(err);
  close(pipefd[1]);
  n = read(pipefd[0], text, sizeof(text) - 1);
  close(pipefd[0]);

  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), TTY_EXIT_INTR);
  assert_true(n > 0);
  text[n] = '\0';
  assert_non_null(strstr(text, "task 1 (init)"));
}

/* It has seen the first, but the task waits for what cannot be interrupted */

static sem_t g_never;

static int deaf(void *arg)
{
  (void)arg;
  nxsem_wait_uninterruptible(&g_never);
  return 0;
}

static void body_deaf(void)
{
  pid_t pid;
  char c;

  nxsem_init(&g_never, 0, 0);
  nx_setlogmask(LOG_UPTO(LOG_EMERG - 1));
  pid = start(deaf, NULL);
  tty_set_foreground(pid);
  type("\003");
  EXPECT("^C");
  sleep_ms(1);
  type("\003");
  nx_read(0, &c, 1);
}

static void test_deaf(void **state)
{
  int status;

  (void)state;
  status = on_terminal(body_deaf, false);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), TTY_EXIT_INTR);
}

/* Ways to end; on_terminal() looks whether the modes are restored */

static void die(int sig)
{
  struct rlimit none =
  {
    0, 0
  };

  struct termios modes;

  setrlimit(RLIMIT_CORE, &none);
  nx_isatty(0);
  tcgetattr(g_slave, &modes);
  if ((modes.c_lflag & (ICANON | ECHO)) != 0)
    {
      _exit(FAILED);
    }

  set_raw(1, 0);
  raise(sig);
}

static void body_sigterm(void)
{
  die(SIGTERM);
}

static void body_abort(void)
{
  die(SIGABRT);
}

static void body_fault(void)
{
  signal(SIGSEGV, SIG_DFL);      /* Not the sanitizer's, nor the kernel's */
  die(SIGSEGV);
}

static void body_exit(void)
{
  nx_isatty(0);
  set_raw(1, 0);
  exit(9);
}

static void body_poweroff(void)
{
  nx_isatty(0);
  set_raw(1, 0);
  sim_poweroff(8);
}

static void test_ways_to_end(void **state)
{
  (void)state;
  assert_int_equal(on_terminal(body_poweroff, false), 8 << 8);
  assert_int_equal(on_terminal(body_sigterm, false), SIGTERM);
  assert_int_equal(on_terminal(body_abort, false), SIGABRT);
  assert_int_equal(on_terminal(body_fault, false), SIGSEGV);
  assert_int_equal(on_terminal(body_exit, false), 9 << 8);
}

/* Virtual time has no terminal */

static void body_virtual_terminal(void)
{
  char c;

  nx_setlogmask(LOG_UPTO(LOG_EMERG));
  EQ(nx_read(0, &c, 1), -EIO);
  EQ(nx_read(0, &c, 1), -EIO);
  EQ(nx_isatty(0), -EIO);
  EQ(nx_write(1, "ok\n", 3), 3);
  EXPECT("ok\r\n");
}

static void test_virtual_terminal(void **state)
{
  (void)state;
  assert_int_equal(on_terminal(body_virtual_terminal, true), 0);
}

/* Pipes, sockets, files */

static void body_stream(void)
{
  char buf[8] = "";
  struct winsize size;
  struct termios modes;

  EQ(nx_isatty(0), -ENOTTY);
  EQ(nx_isatty(1), -ENOTTY);
  EQ(nx_ioctl(0, TIOCGWINSZ, &size), -ENOTTY);
  EQ(nx_ioctl(0, TCSETS, &modes), -ENOTTY);
  EQ(nx_read(0, buf, 4), 4);
  TEXT(buf, "one\n");
  EQ(wait_input(0), POLLIN);
  EQ(nx_write(1, "out\n", 4), 4);
  EQ(fcntl(0, F_GETFL) & O_NONBLOCK, 0);
}

static void stream(bool sockets, bool virtual_time)
{
  char buf[16] = "";

  if (sockets)
    {
      assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, g_in), 0);
      assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, g_out), 0);
    }
  else
    {
      assert_int_equal(pipe(g_in), 0);
      assert_int_equal(pipe(g_out), 0);
    }

  assert_int_equal(write(g_in[1], "one\ntwo\n", 8), 8);
  redirected(body_stream, g_in[0], g_out[1], virtual_time);

  /* What was not read is left, without change; nothing was added */

  assert_int_equal(read(g_in[0], buf, sizeof(buf)), 4);
  assert_memory_equal(buf, "two\n", 4);
  assert_int_equal(read(g_out[0], buf, sizeof(buf)), 4);
  assert_memory_equal(buf, "out\n", 4);

  for (int i = 0; i < 2; i++)
    {
      close(g_in[i]);
      close(g_out[i]);
    }
}

static void test_pipes(void **state)
{
  (void)state;
  stream(false, false);
  stream(false, true);
}

static void test_sockets(void **state)
{
  (void)state;
  stream(true, false);
  stream(true, true);
}

/* Waiting for a pipe; then its end */

static int write_host(void *arg)
{
  sleep_ms(1);
  EQ(write(g_in[1], "late", 4), 4);
  (void)arg;
  return 0;
}

static void body_late_pipe(void)
{
  pid_t pid = start(write_host, NULL);
  char c;

  READ("late");
  EQ(reap(pid), 0);
  pid = start(write_host, NULL);
  EQ(wait_input(-1), POLLIN);
  READ("late");
  EQ(reap(pid), 0);
  EQ(nx_fcntl(0, F_SETFL, O_NONBLOCK), 0);
  EQ(nx_read(0, &c, 1), -EAGAIN);
  EQ(nx_fcntl(0, F_SETFL, 0), 0);
  EQ(wait_input(3), 0);
  close(g_in[1]);
  EQ(wait_input(-1), POLLIN);
  READ("");
  READ("");
}

static void test_late_pipe(void **state)
{
  int null = open("/dev/null", O_WRONLY);

  (void)state;
  assert_int_equal(pipe(g_in), 0);

  pid_t pid = fork();

  if (pid == 0)
    {
      begin_child();
      dup2(g_in[0], 0);
      dup2(null, 1);
      _exit(run_kernel(body_late_pipe, false) | check_failures());
    }

  close(g_in[1]);                /* The body has the only one */
  assert_int_equal(wait_for(pid), 0);
  close(g_in[0]);
  close(null);
}

static void body_file(void)
{
  READ("a file\n");
  EQ(wait_input(-1), POLLIN);
  READ("");
  EQ(nx_isatty(0), -ENOTTY);
  EQ(nx_write(1, "x", 1), 1);
}

static void test_regular_file(void **state)
{
  int in = memfd_create("in", MFD_CLOEXEC);
  int out = memfd_create("out", MFD_CLOEXEC);
  char buf[4] = "";

  (void)state;
  assert_int_equal(write(in, "a file\n", 7), 7);
  lseek(in, 0, SEEK_SET);
  redirected(body_file, in, out, false);
  lseek(in, 0, SEEK_SET);
  redirected(body_file, in, out, true);
  assert_int_equal(pread(out, buf, sizeof(buf), 0), 2);
  close(in);
  close(out);
}

static void body_empty(void)
{
  READ("");
  EQ(wait_input(-1), POLLIN);
  EQ(nx_isatty(0), -ENOTTY);
}

static void test_null_and_closed(void **state)
{
  int null = open("/dev/null", O_RDWR);

  (void)state;
  redirected(body_empty, null, null, false);
  redirected(body_empty, -1, null, false);
  close(null);
}

/* Output that the host does not take: only the writer waits */

#define BLOCK 200000

static char g_block[BLOCK];
static int g_writers;

static int write_block(void *arg)
{
  char *data = malloc(BLOCK);
  ssize_t n;

  memset(data, (int)(intptr_t)arg, BLOCK);
  n = nx_write(1, data, BLOCK);
  free(data);
  g_writers++;
  return n == BLOCK ? 0 : 1;
}

static void body_full_pipe(void)
{
  pid_t a = start(write_block, (void *)'a');
  pid_t b = start(write_block, (void *)'b');
  struct pollfd pfd =
  {
    1, POLLOUT, 0
  };

  size_t got = 0;
  size_t changes = 0;
  char last = 'a';

  sleep_ms(1);
  EQ(g_writers, 0);
  EQ(nx_poll(&pfd, 1, 0), 0);
  EQ(nx_fcntl(1, F_SETFL, O_NONBLOCK), 0);
  EQ(nx_write(1, "c", 1), -EAGAIN);
  EQ(nx_fcntl(1, F_SETFL, 0), 0);

  while (got < 2 * BLOCK)
    {
      ssize_t n = read(g_out[0], g_block, 1000);

      if (n < 0)
        {
          sleep_ms(1);
          continue;
        }

      for (ssize_t i = 0; i < n; i++)
        {
          changes += g_block[i] != last;
          last     = g_block[i];
        }

      got += n;
    }

  EQ(changes, 1);
  EQ(nx_poll(&pfd, 1, -1), 1);
  EQ(reap(a), 0);
  EQ(reap(b), 0);
}

static void test_full_pipe(void **state)
{
  int null = open("/dev/null", O_RDONLY);

  (void)state;
  assert_int_equal(pipe2(g_out, O_CLOEXEC), 0);
  fcntl(g_out[0], F_SETFL, O_NONBLOCK);
  redirected(body_full_pipe, null, g_out[1], false);
  close(g_out[0]);
  close(g_out[1]);
  close(null);
}

/* Output that nobody reads any more does not end the process */

static int g_sigpipes;

static void count_sigpipe(void)
{
  g_sigpipes++;
}

static void body_broken_pipe(void)
{
  fs_set_sigpipe(count_sigpipe);
  EQ(nx_write(1, "x", 1), -EPIPE);
  EQ(g_sigpipes, 1);
}

static void test_broken_pipe(void **state)
{
  int null = open("/dev/null", O_RDONLY);

  (void)state;
  assert_int_equal(pipe(g_out), 0);
  close(g_out[0]);
  redirected(body_broken_pipe, null, g_out[1], false);
  redirected(body_broken_pipe, null, g_out[1], true);
  close(g_out[1]);
  close(null);
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    scenario(a_line),
    scenario(a_line_in_pieces),
    scenario(editing),
    scenario(editing_utf8),
    scenario(end_of_file),
    scenario(raw_bytes),
    scenario(raw_counts_and_times),
    scenario(typed_ahead_of_a_mode),
    scenario(requests),
    scenario(flags_of_others),
    scenario(polling),
    scenario(interrupts_the_foreground),
    scenario(interrupts_a_line),
    scenario(second_interrupt),
    scenario(deaf),
    scenario(ways_to_end),
    scenario(virtual_terminal),
    scenario(pipes),
    scenario(sockets),
    scenario(late_pipe),
    scenario(regular_file),
    scenario(null_and_closed),
    scenario(full_pipe),
    scenario(broken_pipe)
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
