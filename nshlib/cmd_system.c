/* nshlib/cmd_system.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Commands that show or change the system: ps, free, uname, mount, poweroff.
 */

#include <sys/utsname.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "nsh.h"
#include "nsh_port.h"

static void ps_task(const struct nsh_task_s *task, void *arg)
{
  (void)arg;
  printf("%5ld %5ld %3d %-10s %8zu %6llu.%06llu %s\n", (long)task->pid,
         (long)task->group, task->priority, task->state, task->stack,
         (unsigned long long)(task->cpu_us / 1000000),
         (unsigned long long)(task->cpu_us % 1000000), task->name);
}

static int cmd_ps(struct nsh_s *sh, int argc, char **argv)
{
  int result;

  (void)sh;
  (void)argc;
  (void)argv;
  printf("%5s %5s %3s %-10s %8s %13s %s\n", "PID", "GROUP", "PRI", "STATE",
         "STACK", "CPU", "COMMAND");
  result = nsh_port_tasks(ps_task, NULL);
  return result == 0 ? 0 : nsh_failed("ps", "list", NULL, -result);
}

/* Shows a file, or the next one where there is none. */

static int show_first(struct nsh_s *sh, const char *command,
                      const char *const *paths)
{
  int status;
  int fd;

  do
    {
      fd = nsh_open(*paths, O_RDONLY);
    }
  while (fd < 0 && errno == ENOENT && *++paths != NULL);

  if (fd < 0)
    {
      return nsh_failed(command, "open", *paths, errno);
    }

  status = nsh_copy_out(sh, command, *paths, fd);
  close(fd);
  return status;
}

static int cmd_free(struct nsh_s *sh, int argc, char **argv)
{
  static const char *const paths[] =
  {
    "/proc/meminfo", NULL
  };

  (void)argc;
  return show_first(sh, argv[0], paths);
}

static int cmd_mount(struct nsh_s *sh, int argc, char **argv)
{
  static const char *const paths[] =
  {
    "/proc/fs/mount", "/proc/mounts", NULL
  };

  struct nsh_options_s options =
  {
    1, 0, NULL
  };

  const char *type = NULL;
  const char *detail = NULL;
  int result;
  int left;
  int c;

  if (argc == 1)
    {
      return show_first(sh, argv[0], paths);
    }

  while ((c = nsh_option(&options, argc, argv, "t:o:")) >= 0)
    {
      if (c == '?')
        {
          return NSH_FAILURE;
        }

      *(c == 't' ? &type : &detail) = options.value;
    }

  left = argc - options.index;
  if (left > 2)
    {
      return nsh_toomany("mount");
    }

  if (left < 1 || type == NULL)
    {
      return nsh_missing("mount");
    }

  result = nsh_port_mount(left == 2 ? argv[options.index] : NULL,
                          argv[argc - 1], type, detail);
  return result == 0 ? 0 : nsh_failed("mount", "mount", argv[argc - 1],
                                      -result);
}

static int cmd_umount(struct nsh_s *sh, int argc, char **argv)
{
  int result = nsh_port_mount(NULL, argv[1], NULL, NULL);

  (void)sh;
  (void)argc;
  return result == 0 ? 0 : nsh_failed("umount", "umount", argv[1], -result);
}

static int cmd_uname(struct nsh_s *sh, int argc, char **argv)
{
  static const char letters[] = "snrvm";
  struct nsh_options_s options =
  {
    1, 0, NULL
  };

  struct utsname name;
  const char *text[5];
  unsigned int wanted = 0;
  bool first = true;
  int i;
  int c;

  (void)sh;
  while ((c = nsh_option(&options, argc, argv, "asnrvmo")) >= 0)
    {
      if (c == '?')
        {
          return NSH_FAILURE;
        }

      wanted |= c == 'a' ? 0x1f :
                1u << (c == 'o' ? 0 : strchr(letters, c) - letters);
    }

  if (options.index < argc)
    {
      return nsh_toomany("uname");
    }

  wanted = wanted == 0 ? 1 : wanted;
  if (uname(&name) < 0)
    {
      return nsh_failed("uname", "uname", NULL, errno);
    }

  text[0] = name.sysname;
  text[1] = name.nodename;
  text[2] = name.release;
  text[3] = name.version;
  text[4] = name.machine;
  for (i = 0; i < 5; i++)
    {
      if (wanted >> i & 1)
        {
          printf("%s%s", first ? "" : " ", text[i]);
          first = false;
        }
    }

  putchar('\n');
  return 0;
}

static int cmd_poweroff(struct nsh_s *sh, int argc, char **argv)
{
  long long status = sh->status;

  if (argc > 1 && !nsh_number(argv[1], 10, 0, 255, &status))
    {
      nsh_invalid(argv[0], argv[1]);
      return NSH_SYNTAX;
    }

  fflush(stdout);
  nsh_port_poweroff((int)status);

  /* Where the system stays, at least the shell ends */

  sh->status = (int)status;
  sh->unwind = NSH_EXIT;
  return (int)status;
}

const struct nsh_command_s g_nsh_system_commands[] =
{
  {"free", cmd_free, 1, 1, NULL, "Show the state of the memory", NULL},
  {"mount", cmd_mount, 1, 7,
   "[-t <type> [-o <options>] [<source>] <path>]",
   "Show what is mounted, or mount", NULL},
  {"poweroff", cmd_poweroff, 1, 2, "[<status>]", "End the whole system",
   NULL},
  {"ps", cmd_ps, 1, 1, NULL, "Show the tasks", NULL},
  {"umount", cmd_umount, 2, 2, "<path>", "Undo a mount", NULL},
  {"uname", cmd_uname, 1, NSH_MAXARGS, "[-asnrvmo]",
   "Show the name of the system", NULL},
  {NULL, NULL, 0, 0, NULL, NULL, NULL}
};
