/* tests/host/kernel/test_posix_bind.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * scripts/bind.  Goal: no application reaches the host by an import that
 * nobody thought of.  Method: compile small sources as different compilers
 * and options do, bind them, and look at what is said and what comes out.
 * Runs in the root of the project, as all tests do.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define HEADERS \
  "#include <assert.h>\n" \
  "#include <errno.h>\n" \
  "#include <math.h>\n" \
  "#include <poll.h>\n" \
  "#include <pthread.h>\n" \
  "#include <stdio.h>\n" \
  "#include <stdlib.h>\n" \
  "#include <string.h>\n" \
  "#include <sys/stat.h>\n" \
  "#include <unistd.h>\n"

static char g_folder[] = "/tmp/bind.XXXXXX";
static char g_said[16384];

/* Run a command in the shell; what it says is in g_said */

static int shell(const char *format, ...)
{
  char command[1000];
  va_list ap;
  size_t len;
  FILE *fp;
  int status;

  va_start(ap, format);
  len = vsnprintf(command, sizeof(command), format, ap);
  va_end(ap);
  assert_true(len < sizeof(command) - 10);
  strcat(command, " 2>&1");
  fp = popen(command, "r");
  assert_non_null(fp);
  len = fread(g_said, 1, sizeof(g_said) - 1, fp);
  g_said[len] = '\0';
  status = pclose(fp);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static void compile(const char *cc, const char *name, const char *source)
{
  char path[100];
  FILE *fp;

  snprintf(path, sizeof(path), "%s/%s.c", g_folder, name);
  fp = fopen(path, "w");
  assert_non_null(fp);
  fprintf(fp, "%s%s\n", HEADERS, source);
  fclose(fp);
  if (shell("%s -D_GNU_SOURCE -w -c -o %s/%s.o %s", cc, g_folder, name,
            path) != 0)
    {
      fail_msg("%s: %s", cc, g_said);
    }
}

static int bind_app(const char *prefix, const char *objects)
{
  return shell("cd %s && '%s/scripts/bind' --prefix '%s' --app try "
               "-o bound.o %s", g_folder, getenv("PWD"), prefix, objects);
}

static int setup(void **state)
{
  char cwd[1000];

  (void)state;
  if (getcwd(cwd, sizeof(cwd)) == NULL)
    {
      return -1;
    }

  setenv("PWD", cwd, 1);
  return mkdtemp(g_folder) == NULL ? -1 : 0;
}

static int teardown(void **state)
{
  (void)state;
  return shell("rm -r %s", g_folder);
}

/* Each import that cannot be has a line, with the object and the reason */

static void test_refused(void **state)
{
  static const struct
  {
    const char *source;
    const char *said;
  }
  cases[] =
  {
    { "int main(void) { return fork(); }",
      "a.o: fork: there is no fork() and no exec(); start a task with "
      "task_spawn()\n" },
    { "int main(void) { return (int)popen(\"ls\", \"r\") + frobnicate(); }",
      "a.o: frobnicate: neither the kernel nor libs/posix/symbols.txt knows "
      "this name\n"
      "a.o: popen: there is no fork() and no exec(); start a task with "
      "task_spawn()\n" },
    { "__thread int mine; int main(void) { return mine; }",
      "a.o: mine: thread-local variables would be shared by all tasks; use "
      "pthread_key_create()\n" },
    { "int isatty(int fd) { return fd; } int main(void) { return 0; }",
      "a.o: isatty: the application defines a name of the kernel\n" },
    { "extern int gone __attribute__((weak));\n"
      "int main(void) { return &gone != NULL; }",
      "a.o: gone: neither the kernel nor libs/posix/symbols.txt knows this "
      "name\n" },
    { "int other(void) { return 0; }",
      "bind: try: there is no main()\n" }
  };

  size_t i;

  (void)state;
  for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    {
      compile("gcc", "a", cases[i].source);
      assert_int_not_equal(bind_app("", "a.o"), 0);
      assert_string_equal(g_said, cases[i].said);
    }
}

/* Wrong arguments and files are told, with status 2 */

static void test_usage(void **state)
{
  (void)state;
  assert_int_equal(shell("scripts/bind --help"), 0);
  assert_non_null(strstr(g_said, "usage: scripts/bind"));
  assert_int_equal(shell("scripts/bind"), 2);
  assert_int_equal(shell("scripts/bind --frob"), 2);
  assert_int_equal(shell("scripts/bind --check /no/such.o"), 2);
  assert_int_equal(shell("scripts/bind --check scripts/bind"), 2);
  assert_int_equal(shell("scripts/bind --list | grep -c '^read posix_read$'"),
                   0);
}

/* A table with a mistake is an error, not a name that slips through */

static void test_table(void **state)
{
  static const char *const wrong[] =
  {
    "bind read\nrefuse read : no", "refuse fork", "frob read", "bind",
    "pure strlen : because"
  };

  size_t i;

  (void)state;
  for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
    {
      assert_int_equal(shell("printf '%s\\n' >%s/table; scripts/bind --list "
                             "--table %s/table", wrong[i], g_folder,
                             g_folder), 2);
      assert_non_null(strstr(g_said, "bind: symbols.txt: "));
    }
}

/* All compilers' ways of importing the same: nothing of the host's is left
 * but what is harmless.
 */

static void test_compilers(void **state)
{
  static const char source[] =
    "struct stat st; static char buf[10];\n"
    "static void cleanup(void *arg) { free(arg); }\n"
    "int helper(int a) { return a + 1; }\n"
    "int main(int argc, char **argv)\n"
    "{\n"
    "  char *p = malloc(argc); FILE *fp = fopen(argv[0], \"r\"); int n;\n"
    "  pthread_cleanup_push(cleanup, p); pthread_testcancel();\n"
    "  pthread_cleanup_pop(1); assert(argc > 0);\n"
    "  printf(\"%d %m\\n\", argc); fprintf(stderr, \"%s\\n\", argv[0]);\n"
    "  scanf(\"%d\", &n); fscanf(fp, \"%d\", &n); fgets(buf, argc, fp);\n"
    "  read(argc, buf, argc); fread(buf, 1, argc, fp);\n"
    "  strcpy(buf, argv[0]);\n"
    "  stat(argv[0], &st); lseek(0, 0, SEEK_CUR); putc_unlocked(n, stdout);\n"
    "  getcwd(buf, argc); poll((void *)buf, argc, 0); memset(buf, n, argc);\n"
    "  sprintf(buf, \"%s\", environ[0]); vprintf(buf, 0);\n"
    "  return errno + (int)sqrt(argc) + helper(n) + getc_unlocked(fp);\n"
    "}\n";

  static const struct
  {
    const char *cc;
    const char *prefix;
  }
  cases[] =
  {
    { "gcc -O0", "" },
    { "gcc -O2", "" },
    { "gcc -O2 -D_FORTIFY_SOURCE=2", "" },
    { "gcc -O1 -fsanitize=address,undefined", "" },
    { "gcc -Os -D_FILE_OFFSET_BITS=64 -ffunction-sections -flto "
      "-ffat-lto-objects", "" },
    { "gcc -O1 --coverage", "" },
    { "clang -O0", "" },
    { "clang -O2 -D_FORTIFY_SOURCE=2", "" },
    { "clang -O1 -fsanitize=address,undefined", "" },
    { "i686-linux-gnu-gcc -O2 -D_FORTIFY_SOURCE=2", "i686-linux-gnu-" },
    { "i686-linux-gnu-gcc -O0 -D_FILE_OFFSET_BITS=64", "i686-linux-gnu-" },
    { "i686-linux-gnu-gcc -O1 -fsanitize=address,undefined",
      "i686-linux-gnu-" }
  };

  size_t i;

  (void)state;
  for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    {
      if (shell("command -v %.*s", (int)strcspn(cases[i].cc, " "),
                cases[i].cc) != 0)
        {
          print_message("no %s\n", cases[i].cc);
          continue;
        }

      compile(cases[i].cc, "a", source);
      if (bind_app(cases[i].prefix, "a.o") != 0)
        {
          fail_msg("%s: %s", cases[i].cc, g_said);
        }

      /* None of the names that are bound is imported any more */

      assert_int_equal(shell("scripts/bind --list | cut -d' ' -f1 | "
                             "sort >%s/bound; readelf -sW %s/bound.o | "
                             "awk '$7 == \"UND\" {print $8}' | sort | "
                             "comm -12 %s/bound -", g_folder, g_folder,
                             g_folder), 0);
      assert_string_equal(g_said, "");
    }
}

/* The names of applications do not meet */

static void test_names(void **state)
{
  (void)state;
  compile("gcc", "a", "int shared = 1; int usage(void);\n"
          "int main(void) { return usage(); }");
  compile("gcc", "b", "extern int shared;\n"
          "int usage(void) { return shared; }");
  assert_int_equal(bind_app("", "a.o b.o"), 0);
  assert_int_equal(shell("readelf -sW %s/bound.o | awk '$5 == \"GLOBAL\" && "
                         "$8 != \"\" {print $7, $8}'", g_folder), 0);
  assert_string_equal(g_said, "1 try_main\n");

  /* Those that the kernel supplies are allowed by name */

  compile("gcc", "a", "int nsh_port(void);\n"
          "int main(void) { return nsh_port(); }");
  assert_int_equal(bind_app("", "a.o"), 1);
  assert_int_equal(bind_app("", "--import 'nsh_*' a.o"), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_refused),
    cmocka_unit_test(test_usage),
    cmocka_unit_test(test_table),
    cmocka_unit_test(test_compilers),
    cmocka_unit_test(test_names)
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}
