/* tests/host/wirecheck/test_wirecheck_live.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Wirecheck on an interface: the loopback of a network namespace that this
 * program makes for itself.  Real connections of the host go over it, so what
 * wirecheck says of Linux is tested as well; a datagram with a wrong checksum
 * is the fault.  The interface that is down comes first, as it is in a new
 * namespace.
 */

#define _GNU_SOURCE                  /* unshare(), RTLD_NEXT */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/capability.h>
#include <net/if.h>
#include <netinet/in.h>

#include <cmocka.h>
#include <cjson/cJSON.h>
#include <pcap/pcap.h>

#include "wirecheck.h"

#define MAXARGS 16
#define BYTES   300000

static char g_json[] = "/tmp/wirecheck-XXXXXX";
static char g_text[4096];
static bool g_alone;
static int g_go = -1;                /* See pcap_next_ex() */

/* A network of our own *****************************************************/

static void write_text(const char *file, const char *text)
{
  int fd = open(file, O_WRONLY);

  if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
    {
      print_error("%s: %s\n", file, strerror(errno));
    }

  close(fd);
}

/* As root, or as root of a user namespace */

static bool leave(void)
{
  char map[64];

  snprintf(map, sizeof(map), "0 %u 1", (unsigned int)getuid());
  if (unshare(CLONE_NEWNET) == 0)
    {
      return true;
    }

  if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
    {
      return false;
    }

  write_text("/proc/self/setgroups", "deny");
  write_text("/proc/self/uid_map", map);
  return true;
}

static void lo_up(void)
{
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  struct ifreq ifr;

  memset(&ifr, 0, sizeof(ifr));
  strcpy(ifr.ifr_name, "lo");
  ifr.ifr_flags = IFF_UP;
  assert_true(fd >= 0);
  assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &ifr), 0);
  close(fd);
}

static int setup(void **state)
{
  int fd = mkstemp(g_json);

  (void)state;
  g_alone = fd >= 0 && leave();
  close(fd);
  return fd >= 0 ? 0 : -1;
}

static int teardown(void **state)
{
  (void)state;
  return unlink(g_json);
}

static void need_network(void)
{
  if (!g_alone)
    {
      print_message("a network namespace can not be made here: %s\n",
                    strerror(EPERM));
      skip();
    }
}

/* libpcap's, for wirecheck.  With a pipe to wait for, the first frame is
 * handed over when a byte comes, and a signal after it.
 */

int pcap_next_ex(pcap_t *pcap, struct pcap_pkthdr **h, const u_char **data)
{
  static int (*next)(pcap_t *, struct pcap_pkthdr **, const u_char **);
  uint8_t byte;
  int ret;

  if (next == NULL)
    {
      *(void **)&next = dlsym(RTLD_NEXT, "pcap_next_ex");
    }

  ret = next(pcap, h, data);
  if (ret == 1 && g_go >= 0)
    {
      if (read(g_go, &byte, 1) != 1 || raise(SIGINT) != 0)
        {
          ret = PCAP_ERROR;
        }

      g_go = -1;
    }

  return ret;
}

/* Wirecheck in a process of its own ****************************************/

struct child_s
{
  pid_t pid;
  int err;
};

static void drop_capabilities(void)
{
  struct __user_cap_header_struct head =
    {
      _LINUX_CAPABILITY_VERSION_3, 0
    };

  struct __user_cap_data_struct none[2];

  memset(none, 0, sizeof(none));
  if (syscall(SYS_capset, &head, none) != 0)
    {
      _exit(99);
    }
}

static struct child_s start(int privileged, ...)
{
  struct child_s child;
  char *argv[MAXARGS];
  const char *word;
  int argc = 1;
  int pipes[2];
  int status;
  va_list ap;

  argv[0] = (char *)(uintptr_t)"wirecheck";
  va_start(ap, privileged);
  while ((word = va_arg(ap, const char *)) != NULL)
    {
      argv[argc++] = (char *)(uintptr_t)word;
    }

  va_end(ap);
  argv[argc] = NULL;
  assert_int_equal(pipe(pipes), 0);
  child.pid = fork();
  if (child.pid == 0)
    {
      if (!privileged)
        {
          drop_capabilities();
        }

      dup2(pipes[1], 1);
      dup2(pipes[1], 2);
      close(pipes[0]);
      close(pipes[1]);
      status = wc_main(argc, argv);
      fflush(stdout);
      _exit(status);
    }

  assert_true(child.pid > 0);
  close(pipes[1]);
  child.err = pipes[0];
  return child;
}

/* One line of what it says; false at the end */

static bool get_line(const struct child_s *child)
{
  size_t n = 0;

  while (n < sizeof(g_text) - 1 && read(child->err, g_text + n, 1) == 1 &&
         g_text[n++] != '\n')
    {
    }

  g_text[n] = 0;
  return n > 0;
}

static struct child_s listen_on_lo(const char *option, const char *value)
{
  struct child_s child = start(true, "-i", "lo", "--offload", "-j", g_json,
                               option, value, NULL);

  assert_true(get_line(&child));
  assert_string_equal(g_text, "wirecheck: listening on lo\n");
  return child;
}

/* Its exit status; the last line of what it said is in g_text */

static int finish(struct child_s *child)
{
  char last[sizeof(g_text)] = "";
  int status;

  while (get_line(child))
    {
      strcpy(last, g_text);
    }

  strcpy(g_text, last);
  close(child->err);
  assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

/* Traffic ******************************************************************/

static int bound(int type, struct sockaddr_in *addr)
{
  socklen_t len = sizeof(*addr);
  int fd = socket(AF_INET, type, 0);

  memset(addr, 0, sizeof(*addr));
  addr->sin_family      = AF_INET;
  addr->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  assert_true(fd >= 0);
  assert_int_equal(bind(fd, (struct sockaddr *)addr, len), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)addr, &len), 0);
  return fd;
}

/* BYTES through a connection, and its end from both sides */

static void talk(void)
{
  static uint8_t data[BYTES / 10];
  struct sockaddr_in addr;
  int server = bound(SOCK_STREAM, &addr);
  int a = socket(AF_INET, SOCK_STREAM, 0);
  unsigned int i;
  int b;

  assert_int_equal(listen(server, 1), 0);
  assert_int_equal(connect(a, (struct sockaddr *)&addr, sizeof(addr)), 0);
  b = accept(server, NULL, NULL);
  assert_true(b >= 0);
  for (i = 0; i < 10; i++)
    {
      memset(data, (int)i, sizeof(data));
      assert_int_equal(send(a, data, sizeof(data), 0), sizeof(data));
      assert_int_equal(recv(b, data, sizeof(data), MSG_WAITALL),
                       sizeof(data));
    }

  assert_int_equal(shutdown(a, SHUT_WR), 0);
  assert_int_equal(recv(b, data, 1, 0), 0);
  close(b);
  assert_int_equal(recv(a, data, 1, 0), 0);
  close(a);
  close(server);
}

/* A datagram whose checksum is wrong, as an application made it */

static void bad_datagram(void)
{
  static const uint8_t packet[] =
  {
    0x45, 0, 0, 32, 0, 1, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1,
    0x10, 0, 0x20, 0, 0, 12, 0x12, 0x34, 'b', 'a', 'd', '!'
  };

  int raw = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
  struct sockaddr_in addr;

  memset(&addr, 0, sizeof(addr));
  addr.sin_family      = AF_INET;
  addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  assert_true(raw >= 0);
  assert_int_equal(sendto(raw, packet, sizeof(packet), 0,
                          (struct sockaddr *)&addr, sizeof(addr)),
                   sizeof(packet));
  close(raw);
}

/* Tests ********************************************************************/

static void test_interface_that_is_down(void **state)
{
  struct child_s child;

  (void)state;
  need_network();
  child = start(true, "-i", "lo", NULL);
  assert_int_equal(finish(&child), WC_WRONG);
  assert_string_equal(g_text, "wirecheck: lo: the interface is down; "
                      "\"ip link set lo up\"\n");
  lo_up();
}

static void test_no_privilege(void **state)
{
  struct child_s child;

  (void)state;
  need_network();
  child = start(false, "-i", "lo", NULL);
  assert_true(get_line(&child));
  assert_string_equal(g_text, "wirecheck: lo: no right to capture; be root "
                      "or have CAP_NET_RAW\n");
  assert_int_equal(finish(&child), WC_WRONG);
  assert_string_equal(g_text, "");
}

/* It ends with one connection seen from start to end, and all its bytes */

static void assert_closed(struct child_s *child)
{
  static char text[65536];
  const cJSON *flow;
  const cJSON *dir;
  cJSON *root;
  FILE *f;

  if (finish(child) != WC_CLEAN)
    {
      fail_msg("%s", g_text);
    }

  assert_non_null(strstr(g_text, "wirecheck: clean: 1 flows, "));
  f = fopen(g_json, "r");
  assert_non_null(f);
  text[fread(text, 1, sizeof(text) - 1, f)] = 0;
  fclose(f);
  root = cJSON_Parse(text);
  flow = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "flows"), 0);
  dir  = cJSON_GetArrayItem(cJSON_GetObjectItem(flow, "directions"), 0);
  assert_string_equal(cJSON_GetObjectItem(flow, "state")->valuestring,
                      "closed");
  assert_true(cJSON_GetObjectItem(dir, "payload_bytes")->valuedouble ==
              BYTES);
  cJSON_Delete(root);
}

/* A signal ends it; all that came before is in the result */

static void test_connection_until_a_signal(void **state)
{
  struct child_s child;

  (void)state;
  need_network();
  child = listen_on_lo(NULL, NULL);
  talk();
  assert_int_equal(kill(child.pid, SIGINT), 0);
  assert_closed(&child);
}

/* The signal comes while it looks at a frame.  What came before the signal
 * is in the result all the same.
 */

static void test_signal_amid_a_frame(void **state)
{
  struct child_s child;
  int go[2];

  (void)state;
  need_network();
  assert_int_equal(pipe(go), 0);
  g_go  = go[0];
  child = listen_on_lo(NULL, NULL);
  g_go  = -1;
  talk();
  assert_int_equal(write(go[1], "", 1), 1);
  assert_closed(&child);
  close(go[0]);
  close(go[1]);
}

static void test_fault_is_found(void **state)
{
  struct child_s child;

  (void)state;
  need_network();
  child = listen_on_lo("--count", "1");
  bad_datagram();
  assert_true(get_line(&child));
  assert_non_null(strstr(g_text, "udp-csum: frame 1, "));
  assert_int_equal(finish(&child), WC_FINDINGS);
}

/* It ends by itself after its time, and nothing was there */

static void test_end_of_the_time(void **state)
{
  struct child_s child;

  (void)state;
  need_network();
  child = listen_on_lo("--seconds", "1");
  assert_int_equal(finish(&child), WC_INCONCLUSIVE);
  assert_string_equal(g_text, "wirecheck: inconclusive: 0 flows, 0 frames, "
                      "0 bytes, 0 findings\n");
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_interface_that_is_down),
    cmocka_unit_test(test_no_privilege),
    cmocka_unit_test(test_connection_until_a_signal),
    cmocka_unit_test(test_signal_amid_a_frame),
    cmocka_unit_test(test_fault_is_found),
    cmocka_unit_test(test_end_of_the_time),
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}
