/* tests/host/packet/test_packet.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Packet scripts.  Goal: TCP does on the wire what the RFCs say, segment by
 * segment, in every state and at every loss.  Method: each script, or each
 * "case" of one, is a test; it is played against a stack of its own, in
 * virtual time (script_run.c).
 */

#include <nuttx/config.h>

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "script.h"
#include "stack.h"

static const char g_usage[] =
  "usage: test_packet [-v] [-c CASE] FILE|FOLDER ...\n"
  "       test_packet --check FILE|FOLDER ...\n"
  "\n"
  "Plays packet scripts against the network stack, in virtual time.  Of a\n"
  "folder, all files that end in .pkt.\n"
  "\n"
  "  -v       print every segment and call, with its time\n"
  "  -c CASE  only cases whose name contains CASE\n"
  "  --check  only read them\n"
  "  --help   this text\n"
  "\n"
  "Exit status: 0 all did as they say, 1 some did not, 2 wrong arguments or\n"
  "a script that cannot be read.\n";

static struct script_s **g_scripts;
static unsigned int g_nscripts;
static bool g_trace;
static const struct case_s *g_case;

static void scenario(void)
{
  script_play(g_case, g_trace);
}

static void test_case(void **state)
{
  g_case = *state;
  if (g_case->script->only64 && sizeof(void *) < 8)
    {
      skip();
    }

  assert_int_equal(stack_run(scenario, 1), 0);
}

/* Files ********************************************************************/

static int add_file(const char *path)
{
  struct script_s *script = script_parse(path);

  if (script == NULL)
    {
      return 2;
    }

  g_scripts = realloc(g_scripts, (g_nscripts + 1) * sizeof(*g_scripts));
  g_scripts[g_nscripts++] = script;
  return 0;
}

static int is_script(const struct dirent *entry)
{
  size_t len = strlen(entry->d_name);

  return len > 4 && strcmp(entry->d_name + len - 4, ".pkt") == 0;
}

static int add_folder(const char *path)
{
  struct dirent **list;
  int n = scandir(path, &list, is_script, alphasort);
  int status = 0;
  char *name;
  int i;

  if (n <= 0)
    {
      fprintf(stderr, "test_packet: %s: %s\n", path,
              n < 0 ? strerror(errno) : "there is no .pkt file in it");
      return 2;
    }

  for (i = 0; i < n; i++)
    {
      name = malloc(strlen(path) + strlen(list[i]->d_name) + 2);
      sprintf(name, "%s/%s", path, list[i]->d_name);
      status |= add_file(name);
      free(name);
      free(list[i]);
    }

  free(list);
  return status;
}

static int add(const char *path)
{
  struct stat info;

  if (stat(path, &info) < 0)
    {
      fprintf(stderr, "test_packet: %s: %s\n", path, strerror(errno));
      return 2;
    }

  return S_ISDIR(info.st_mode) ? add_folder(path) : add_file(path);
}

/* Running ******************************************************************/

static int run_all(const char *only)
{
  struct CMUnitTest *tests = NULL;
  unsigned int n = 0;
  unsigned int i;
  unsigned int j;
  int status;

  for (i = 0; i < g_nscripts; i++)
    {
      for (j = 0; j < g_scripts[i]->ncases; j++)
        {
          struct case_s *test = &g_scripts[i]->cases[j];

          if (only == NULL || strstr(test->name, only) != NULL)
            {
              tests = realloc(tests, (n + 1) * sizeof(*tests));
              memset(&tests[n], 0, sizeof(*tests));
              tests[n].name          = test->name;
              tests[n].test_func     = test_case;
              tests[n].initial_state = test;
              n++;
            }
        }
    }

  if (n == 0)
    {
      fprintf(stderr, "test_packet: no case has '%s' in its name\n", only);
      return 2;
    }

  status = _cmocka_run_group_tests("packet scripts", tests, n, NULL, NULL);
  free(tests);
  return status != 0;
}

int main(int argc, char **argv)
{
  const char *only = NULL;
  bool check = false;
  int status = 0;
  unsigned int i;
  int arg;

  for (arg = 1; arg < argc && argv[arg][0] == '-'; arg++)
    {
      if (strcmp(argv[arg], "--help") == 0 || strcmp(argv[arg], "-h") == 0)
        {
          fputs(g_usage, stdout);
          return 0;
        }
      else if (strcmp(argv[arg], "-v") == 0)
        {
          g_trace = true;
        }
      else if (strcmp(argv[arg], "--check") == 0)
        {
          check = true;
        }
      else if (strcmp(argv[arg], "-c") == 0 && arg + 1 < argc)
        {
          only = argv[++arg];
        }
      else
        {
          fprintf(stderr, "test_packet: wrong argument '%s' (try --help)\n",
                  argv[arg]);
          return 2;
        }
    }

  if (arg == argc)
    {
      fprintf(stderr, "test_packet: which scripts? (try --help)\n");
      return 2;
    }

  for (; arg < argc; arg++)
    {
      status |= add(argv[arg]);
    }

  if (status == 0 && !check)
    {
      status = run_all(only);
    }

  for (i = 0; i < g_nscripts; i++)
    {
      script_free(g_scripts[i]);
    }

  free(g_scripts);
  return status;
}
