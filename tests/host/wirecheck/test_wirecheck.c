/* tests/host/wirecheck/test_wirecheck.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Goal: wirecheck finds each thing that is wrong, and nothing where nothing
 * is.  Method: captures made by capgen.c.  Those of gen_faults.c have exactly
 * one fault each, which must be found once, as that rule, and nothing else;
 * each rule has one at least.  In those of gen_clean.c nothing may be found,
 * and what is counted must be what tshark counts.  Files that are damaged or
 * incomplete, and wrong command lines, have their own exit status and one
 * line that says why.
 */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <arpa/inet.h>

#include <cmocka.h>
#include <cjson/cJSON.h>

#include "scenarios.h"
#include "wirecheck.h"

#define SNAP    262144
#define MAXARGS 16

static char g_dir[] = "/tmp/wirecheck-XXXXXX";
static char g_one[64];
static char g_two[64];
static char g_json[64];
static char g_out[64];

static struct cg_s g_cg;

static int setup(void **state)
{
  (void)state;
  if (mkdtemp(g_dir) == NULL)
    {
      return -1;
    }

  snprintf(g_one, sizeof(g_one), "%s/one.pcap", g_dir);
  snprintf(g_two, sizeof(g_two), "%s/two.pcap", g_dir);
  snprintf(g_json, sizeof(g_json), "%s/out.json", g_dir);
  snprintf(g_out, sizeof(g_out), "%s/out", g_dir);
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  unlink(g_one);
  unlink(g_two);
  unlink(g_json);
  unlink(g_out);
  return rmdir(g_dir);
}

/* Making and checking ******************************************************/

static void make(const struct scenario_s *s, uint32_t snaplen)
{
  if (!cg_start(&g_cg, g_one, s->how & SC_TWO ? g_two : NULL,
                s->how & SC_RAW ? DLT_RAW : DLT_EN10MB, snaplen))
    {
      fail_msg("%s: %s", g_one, strerror(errno));
    }

  cg_connection(&g_cg, 40000);
  s->make(&g_cg);
  cg_end(&g_cg);
}

static void near(struct wc_options_s *opt, const char *addr)
{
  uint8_t b[4];

  assert_int_equal(inet_pton(AF_INET, addr, b), 1);
  wc_addr4(&opt->near[opt->nnear++], b);
}

static struct wc_s *check(const struct scenario_s *s)
{
  struct wc_options_s opt;
  struct wc_s *w;

  memset(&opt, 0, sizeof(opt));
  opt.rto_min_ms  = 200;
  opt.segments    = 4;
  opt.file[0]     = g_one;
  opt.file[1]     = g_two;
  opt.nfiles      = s->how & SC_TWO ? 2 : 1;
  opt.mtu         = s->how & SC_MTU ? 1500 : 0;
  opt.offload_all = (s->how & SC_OFFLOAD) != 0;
  if (s->how & SC_NEAR)
    {
      near(&opt, "10.0.0.1");
      near(&opt, "10.0.0.2");
    }

  w = wc_new(&opt);
  assert_int_equal(wc_read(w), 0);
  return w;
}

/* What was found, in words, to be printed when it is not what it should be */

static const char *words(const struct wc_s *w)
{
  static char text[2000];
  size_t n = 0;
  size_t i;

  text[0] = 0;
  for (i = 0; i < w->nfindings && n < 1500; i++)
    {
      n += (size_t)snprintf(text + n, 300, " [%s, frame %llu: %s]",
                            g_wc_rules[w->findings[i].rule].id,
                            (unsigned long long)w->findings[i].frame,
                            w->findings[i].text);
    }

  for (i = 0; i < w->nreasons && n < 1500; i++)
    {
      n += (size_t)snprintf(text + n, 300, " [%s]", w->reasons[i]);
    }

  return text;
}

/* Faults *******************************************************************/

static void test_each_fault_is_found(void **state)
{
  const struct scenario_s *s;
  unsigned int wrong = 0;

  (void)state;
  for (s = g_faults; s->name != NULL; s++)
    {
      struct wc_s *w;
      int status;

      make(s, SNAP);
      w      = check(s);
      status = wc_verdict(w);
      if (status != WC_FINDINGS || w->total != 1 ||
          strcmp(g_wc_rules[w->findings[0].rule].id, s->rule) != 0)
        {
          print_error("%s: status %d, not %s alone:%s\n", s->name, status,
                      s->rule, words(w));
          wrong++;
        }

      wc_free(w);
    }

  assert_int_equal(wrong, 0);
}

static void test_each_rule_has_a_fault(void **state)
{
  unsigned int faults = 0;
  unsigned int i;

  (void)state;
  for (i = 0; i < WC_NRULES; i++)
    {
      const struct scenario_s *s = g_faults;

      while (s->name != NULL && strcmp(s->rule, g_wc_rules[i].id) != 0)
        {
          s++;
        }

      if (s->name == NULL)
        {
          fail_msg("rule %s: no capture violates it", g_wc_rules[i].id);
        }
    }

  while (g_faults[faults].name != NULL)
    {
      faults++;
    }

  assert_true(faults >= 40);
}

static void test_nothing_in_clean_captures(void **state)
{
  const struct scenario_s *s;
  unsigned int wrong = 0;

  (void)state;
  for (s = g_clean; s->name != NULL; s++)
    {
      struct wc_s *w;
      int status;

      make(s, SNAP);
      w      = check(s);
      status = wc_verdict(w);
      if (status != WC_CLEAN)
        {
          print_error("%s: status %d:%s\n", s->name, status, words(w));
          wrong++;
        }

      wc_free(w);
    }

  assert_int_equal(wrong, 0);
}

/* The program **************************************************************/

/* Run it with these words, the last of which is NULL; its exit status.  What
 * it writes is in g_out, and the lines to stderr are counted.
 */

static char g_text[65536];
static char g_manual[65536];
static unsigned int g_errors;

static unsigned int count_lines(const char *text)
{
  unsigned int n = 0;

  for (; *text != 0; text++)
    {
      n += *text == '\n';
    }

  return n;
}

static void slurp(int fd, char *to, size_t size)
{
  ssize_t n;
  size_t len = 0;

  while ((n = read(fd, to + len, size - 1 - len)) > 0)
    {
      len += (size_t)n;
    }

  to[len] = 0;
}

static int run(const char *first, ...)
{
  static char errors[4096];
  char *argv[MAXARGS];
  int argc = 1;
  int err[2];
  int status;
  va_list ap;
  pid_t pid;
  int out;

  argv[0] = (char *)(uintptr_t)"wirecheck";
  va_start(ap, first);
  for (; first != NULL; first = va_arg(ap, const char *))
    {
      argv[argc++] = (char *)(uintptr_t)first;
    }

  va_end(ap);
  argv[argc] = NULL;
  assert_int_equal(pipe(err), 0);
  pid = fork();
  if (pid == 0)
    {
      out = open(g_out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
      dup2(out, 1);
      dup2(err[1], 2);
      close(err[0]);
      close(err[1]);
      status = wc_main(argc, argv);
      fflush(stdout);
      _exit(status);
    }

  close(err[1]);
  slurp(err[0], errors, sizeof(errors));
  close(err[0]);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFEXITED(status));
  out = open(g_out, O_RDONLY);
  slurp(out, g_text, sizeof(g_text));
  close(out);
  g_errors = count_lines(errors);
  if (g_errors > 0)
    {
      snprintf(g_text, sizeof(g_text), "%s", errors);
    }

  return WEXITSTATUS(status);
}

/* Status 2, nothing but one line, and that says what */

#define REFUSED(what, ...) \
  do \
    { \
      assert_int_equal(run(__VA_ARGS__, NULL), WC_WRONG); \
      assert_int_equal(g_errors, 1); \
      assert_non_null(strstr(g_text, what)); \
    } \
  while (0)

static const struct scenario_s *scenario(const char *name)
{
  const struct scenario_s *s = g_clean;

  while (strcmp(s->name, name) != 0)
    {
      s++;
    }

  return s;
}

static void test_wrong_use_is_one_line(void **state)
{
  (void)state;
  make(scenario("basic"), SNAP);
  REFUSED("either -r", "--quiet");
  REFUSED("either -r", "-r", g_one, "-i", "lo");
  REFUSED("more than two", "-r", g_one, "-r", g_one, "-r", g_one);
  REFUSED("value is missing", "-r");
  REFUSED("--nonsense", "--nonsense", "-r", g_one);
  REFUSED("what is that", g_one);
  REFUSED("--mtu 67", "--mtu", "67", "-r", g_one);
  REFUSED("--mtu 1500x", "--mtu", "1500x", "-r", g_one);
  REFUSED("--mtu -1", "--mtu", "-1", "-r", g_one);
  REFUSED("--segments", "--segments", "many", "-r", g_one);
  REFUSED("--rto-min", "--rto-min", "0", "-r", g_one);
  REFUSED("--near", "--near", "10.0.0", "-r", g_one);
  REFUSED("--offload", "--offload=host", "-r", g_one);
  REFUSED("--count", "--count", "5", "-r", g_one);
  REFUSED("no-such-file", "-r", "/tmp/no-such-file.pcap");
  REFUSED("no-such-folder", "-r", g_one, "-j", "/tmp/no-such-folder/x");
  REFUSED("nosuchif0", "-i", "nosuchif0");
}

static void test_help_and_rules(void **state)
{
  unsigned int i;

  (void)state;
  assert_int_equal(run("--help", NULL), 0);
  assert_non_null(strstr(g_text, "Exit status"));
  assert_int_equal(run("--rules", NULL), 0);
  for (i = 0; i < WC_NRULES; i++)
    {
      assert_non_null(strstr(g_text, g_wc_rules[i].id));
    }
}

static void write_file(const char *file, const void *data, size_t len)
{
  FILE *f = fopen(file, "wb");

  assert_non_null(f);
  assert_int_equal(fwrite(data, 1, len, f), len);
  assert_int_equal(fclose(f), 0);
}

static void make_with(void (*func)(struct cg_s *g), unsigned int how,
                      uint32_t snaplen)
{
  const struct scenario_s s =
    {
      "", func, how, NULL
    };

  make(&s, snaplen);
}

/* ... and the manual has them all */

static void test_manual_is_complete(void **state)
{
  static const char *const file = "Documentation/applications/wirecheck.md";
  static const char *const causes[] =
  {
    "pmtu", "repeat", "sack", "dupack", "partial", "rack", "probe", "rto",
    "tlp"
  };

  char word[64];
  char *option;
  unsigned int i;
  int fd = open(file, O_RDONLY);

  (void)state;
  if (fd < 0)
    {
      fail_msg("%s: %s: run this in the root of the project", file,
               strerror(errno));
    }

  slurp(fd, g_manual, sizeof(g_manual));
  close(fd);
  for (i = 0; i < WC_NRULES; i++)
    {
      snprintf(word, sizeof(word), "| `%s` |", g_wc_rules[i].id);
      if (g_wc_rules[i].complete)
        {
          snprintf(word, sizeof(word), "| `%s` * |", g_wc_rules[i].id);
        }

      if (strstr(g_manual, word) == NULL)
        {
          fail_msg("%s: no line that begins with %s", file, word);
        }
    }

  for (i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
    {
      snprintf(word, sizeof(word), "| `%s` |", causes[i]);
      assert_non_null(strstr(g_manual, word));
    }

  assert_int_equal(run("--help", NULL), 0);
  for (option = strtok(g_text, "\n"); option != NULL;
       option = strtok(NULL, "\n"))
    {
      size_t n = strspn(option, " ");

      if (n == 2 && option[n] == '-')
        {
          const char *at;

          snprintf(word, sizeof(word), "| `%.*s",
                   (int)strcspn(option + n, " ["), option + n);
          at = strstr(g_manual, word);
          if (at == NULL || strchr("` [", at[strlen(word)]) == NULL)
            {
              fail_msg("%s: no line that begins with %s", file, word);
            }
        }
    }
}

static void years_apart(struct cg_s *g)
{
  cg_udp(g, CG_A, 1, 2, 10);
  cg_wait(g, 400ll * 86400 * 1000);
  cg_udp(g, CG_A, 1, 2, 10);
}

static void test_files_that_are_no_captures(void **state)
{
  struct stat st;

  (void)state;
  write_file(g_one, "", 0);
  REFUSED("not a capture", "-r", g_one);
  write_file(g_one, "This is not a capture, but some text.\n", 38);
  REFUSED("not a capture", "-r", g_one);
  REFUSED("/tmp", "-r", "/tmp");

  /* The end is missing: in a frame, in the header of a frame, in the header
   * of the file, and in either of two files
   */

  make(scenario("two-basic"), SNAP);
  assert_int_equal(stat(g_one, &st), 0);
  assert_int_equal(truncate(g_one, st.st_size - 3), 0);
  REFUSED("frame 10", "-r", g_one);
  REFUSED("one.pcap", "-r", g_one, "-r", g_two);
  REFUSED("one.pcap", "-r", g_two, "-r", g_one);
  assert_int_equal(truncate(g_one, 24 + 5), 0);
  REFUSED("frame 0", "-r", g_one);
  assert_int_equal(truncate(g_one, 20), 0);
  REFUSED("not a capture", "-r", g_one);

  /* Times that can not be */

  make_with(years_apart, 0, SNAP);
  REFUSED("frame 2 is 400 days off", "-r", g_one);

  assert_true(cg_start(&g_cg, g_one, NULL, DLT_IEEE802_11, SNAP));
  cg_end(&g_cg);
  REFUSED("link type IEEE802_11", "-r", g_one);
}

/* Inconclusive *************************************************************/

#define INCONCLUSIVE(what, ...) \
  do \
    { \
      assert_int_equal(run(__VA_ARGS__, NULL), WC_INCONCLUSIVE); \
      assert_int_equal(g_errors, 0); \
      assert_non_null(strstr(g_text, what)); \
      assert_non_null(strstr(g_text, "wirecheck: inconclusive: ")); \
    } \
  while (0)

static void start_missing(struct cg_s *g)
{
  g->end[CG_A].nxt = 5000;
  g->end[CG_A].rcv = 7000;
  g->end[CG_B].nxt = 7000;
  g->end[CG_B].rcv = 5000;
  cg_say(g, CG_A, 1000);
  cg_ack(g, CG_B);
  cg_say(g, CG_B, 1000);
  cg_ack(g, CG_A);
  cg_finish(g);
}

/* A fault that can be seen also if not all can */

static void start_missing_and_fault(struct cg_s *g)
{
  start_missing(g);
  g->with.csum_xor = 1;
  cg_ack(g, CG_A);
}

static void other_network(struct cg_s *g)
{
  g->with.lost = true;
  cg_udp(g, CG_A, 1, 2, 100);
  g->with.lost = true;
  cg_udp(g, CG_B, 1, 2, 101);
}

static void ipv6(struct cg_s *g)
{
  static const uint8_t p[60] =
  {
    0x60, 0, 0, 0, 0, 20, 6, 64
  };

  cg_frame(g, CG_A, 0x86dd, p, sizeof(p));
}

static void nothing(struct cg_s *g)
{
  (void)g;
}

/* A capture as pcapng: the frames of a pcap file, and a block that says how
 * many were dropped (or an option of a frame)
 */

static void block(FILE *f, uint32_t type, const void *body, uint32_t len)
{
  uint32_t head[2] =
    {
      type, len + 12
    };

  fwrite(head, 4, 2, f);
  fwrite(body, 1, len, f);
  fwrite(head + 1, 4, 1, f);
}

static void make_pcapng(uint64_t block_drops, uint64_t frame_drops)
{
  static const uint32_t section[4] =
  {
    0x1a2b3c4d, 1, 0xffffffff, 0xffffffff
  };

  static const uint32_t interface[2] =
  {
    1, 0
  };

  struct
  {
    uint32_t head[5];
    uint8_t frame[60];
    uint16_t option[2];
    uint64_t drops;
    uint32_t end;
  } __attribute__((packed)) packet;

  struct
  {
    uint32_t head[3];
    uint16_t option[2];
    uint64_t drops;
    uint32_t end;
  } __attribute__((packed)) stats;

  FILE *f = fopen(g_two, "wb");

  assert_non_null(f);
  memset(&packet, 0, sizeof(packet));
  memset(&stats, 0, sizeof(stats));
  packet.head[3]   = sizeof(packet.frame);
  packet.head[4]   = sizeof(packet.frame);
  packet.option[0] = 4;
  packet.option[1] = 8;
  packet.drops     = frame_drops;
  packet.frame[12] = 0x88;
  stats.option[0]  = 5;
  stats.option[1]  = 8;
  stats.drops      = block_drops;
  block(f, 0x0a0d0d0a, section, sizeof(section));
  block(f, 1, interface, sizeof(interface));
  block(f, 6, &packet, sizeof(packet));
  block(f, 5, &stats, sizeof(stats));
  assert_int_equal(fclose(f), 0);
}

static void test_what_is_incomplete_is_inconclusive(void **state)
{
  (void)state;
  make_with(start_missing, 0, SNAP);
  INCONCLUSIVE("the start of 1 connection is missing", "-r", g_one);
  make(scenario("basic"), 80);
  INCONCLUSIVE("cut by the snapshot length", "-r", g_one);
  make_with(other_network, SC_TWO, SNAP);
  INCONCLUSIVE("no frame in common", "-r", g_one, "-r", g_two);
  make_with(ipv6, 0, SNAP);
  INCONCLUSIVE("IPv6", "-r", g_one);
  make_with(nothing, 0, SNAP);
  INCONCLUSIVE("no frames", "-r", g_one);
  make_pcapng(0, 0);
  assert_int_equal(run("-r", g_two, NULL), WC_CLEAN);
  make_pcapng(7, 0);
  INCONCLUSIVE("7 frames were dropped", "-r", g_two);
  make_pcapng(0, 1ull << 33);
  INCONCLUSIVE("8589934592 frames were dropped", "-r", g_two);
}

/* ... but what is certainly wrong is found */

static void test_faults_in_incomplete_captures(void **state)
{
  (void)state;
  make_with(start_missing_and_fault, 0, SNAP);
  assert_int_equal(run("-r", g_one, NULL), WC_FINDINGS);
  assert_non_null(strstr(g_text, "tcp-csum: frame 9"));
  assert_non_null(strstr(g_text, "is missing"));
  assert_non_null(strstr(g_text, "wirecheck: findings: 1 flows, 9 frames"));
  assert_int_equal(run("-r", g_one, "--quiet", NULL), WC_FINDINGS);
  assert_int_equal(count_lines(g_text), 1);
}

/* JSON *********************************************************************/

static cJSON *read_json(void)
{
  static char text[1 << 20];
  FILE *f = fopen(g_json, "r");
  cJSON *root;
  size_t n;

  assert_non_null(f);
  n = fread(text, 1, sizeof(text) - 1, f);
  text[n] = 0;
  fclose(f);
  root = cJSON_Parse(text);
  assert_non_null(root);
  return root;
}

static double value(const cJSON *object, const char *name)
{
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

  if (!cJSON_IsNumber(item))
    {
      fail_msg("there is no number %s", name);
    }

  return item->valuedouble;
}

static const char *string(const cJSON *object, const char *name)
{
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

  assert_true(cJSON_IsString(item));
  return item->valuestring;
}

static const cJSON *member(const cJSON *object, const char *name, int i)
{
  const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, name);

  assert_true(cJSON_IsArray(list));
  assert_true(i < cJSON_GetArraySize(list));
  return cJSON_GetArrayItem(list, i);
}

static void test_json_tells_it_all(void **state)
{
  const cJSON *flow;
  const cJSON *dir;
  const cJSON *row;
  cJSON *root;

  (void)state;
  make(scenario("two-lossy"), SNAP);
  assert_int_equal(run("-r", g_two, "-r", g_one, "-j", g_json, NULL), 0);
  root = read_json();
  assert_string_equal(string(root, "verdict"), "clean");
  assert_true(value(root, "flows_total") == 1);
  row = member(root, "between", 0);
  row = strcmp(string(row, "from"), "10.0.0.2") == 0 ? row :
        member(root, "between", 1);
  assert_true(value(row, "lost") == 1);
  flow = member(root, "flows", 0);
  assert_string_equal(string(flow, "a"), "10.0.0.2:40000");
  assert_string_equal(string(flow, "state"), "closed");
  dir = member(flow, "directions", 0);
  assert_true(value(dir, "payload_bytes") == 4 * 1448);
  assert_true(value(dir, "resent_segments") == 2);
  assert_true(value(cJSON_GetObjectItem(dir, "causes"), "sack") == 1);
  assert_true(value(cJSON_GetObjectItem(dir, "causes"), "rto") == 1);
  dir = member(flow, "directions", 1);
  assert_true(value(dir, "dsacks") == 1);
  row = member(flow, "segments", 6);
  assert_string_equal(cJSON_GetArrayItem(row, 4)->valuestring, "resent");
  assert_string_equal(cJSON_GetArrayItem(row, 5)->valuestring, "sack");
  assert_true(cJSON_GetArrayItem(row, 2)->valuedouble == 1);
  assert_true(cJSON_GetArrayItem(row, 3)->valuedouble == 1448);
  cJSON_Delete(root);
}

static void many_segments(struct cg_s *g)
{
  unsigned int i;

  g->step = 20;
  cg_open(g);
  for (i = 0; i < 6000; i++)
    {
      cg_say(g, CG_A, 100);
      cg_ack(g, CG_B);
    }

  cg_say(g, CG_A, 100);
  cg_wait(g, 300);
  cg_again(g, CG_A, g->end[CG_A].nxt - 100, 100);
  cg_ack(g, CG_B);
  cg_finish(g);
}

static void test_points_are_thinned_but_resends(void **state)
{
  const cJSON *segments;
  const cJSON *flow;
  const cJSON *row;
  unsigned int resent = 0;
  cJSON *root;

  (void)state;
  make_with(many_segments, 0, SNAP);
  assert_int_equal(run("-r", g_one, "-j", g_json, NULL), 0);
  root = read_json();
  flow = member(root, "flows", 0);
  assert_true(cJSON_IsTrue(cJSON_GetObjectItem(flow, "decimated")));
  assert_true(value(flow, "segments_total") == 6006);
  segments = cJSON_GetObjectItem(flow, "segments");
  assert_in_range(cJSON_GetArraySize(segments), 2000, WC_MAXPOINTS + 1);
  cJSON_ArrayForEach(row, segments)
    {
      resent += strcmp(cJSON_GetArrayItem(row, 4)->valuestring,
                       "resent") == 0;
    }

  assert_int_equal(resent, 1);
  cJSON_Delete(root);
  assert_int_equal(run("-r", g_one, "-j", g_json, "--segments", "0", NULL),
                   0);
  root = read_json();
  assert_null(cJSON_GetObjectItem(member(root, "flows", 0), "segments"));
  cJSON_Delete(root);
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_each_fault_is_found),
    cmocka_unit_test(test_each_rule_has_a_fault),
    cmocka_unit_test(test_nothing_in_clean_captures),
    cmocka_unit_test(test_wrong_use_is_one_line),
    cmocka_unit_test(test_help_and_rules),
    cmocka_unit_test(test_manual_is_complete),
    cmocka_unit_test(test_files_that_are_no_captures),
    cmocka_unit_test(test_what_is_incomplete_is_inconclusive),
    cmocka_unit_test(test_faults_in_incomplete_captures),
    cmocka_unit_test(test_json_tells_it_all),
    cmocka_unit_test(test_points_are_thinned_but_resends),
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}
