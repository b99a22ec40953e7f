using System.CommandLine;
using System.Reflection;

namespace Purser.Cli.Tests;

public sealed class DocumentationTests
{
    private static readonly string[] Said = ["--help", "--version", "--format", "--gateway", "--admin-key"];

    [Fact]
    public void The_guide_has_every_command_and_every_option()
    {
        var guide = File.ReadAllText(Path.Combine(Root(), "docs", "cli.md"));
        using var run = new CliRun();
        var context = new CliContext
        {
            Out = TextWriter.Null,
            Error = TextWriter.Null,
            Environment = _ => null,
            WorkingDirectory = run.Home,
        };

        var missing = Names(PurserCommandLine.Build(context), "").Where(name => !guide.Contains(name, StringComparison.Ordinal)).ToList();

        Assert.Empty(missing);
    }

    private static IEnumerable<string> Names(Command command, string path)
    {
        foreach (var subcommand in command.Subcommands)
        {
            var name = $"{path} {subcommand.Name}".Trim();
            if (subcommand.Subcommands.Count == 0)
            {
                yield return name;
            }

            foreach (var below in Names(subcommand, name))
            {
                yield return below;
            }
        }

        foreach (var option in command.Options.Where(option => !Said.Contains(option.Name)))
        {
            yield return option.Name;
        }
    }

    private static string Root()
    {
        var folder = Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!;
        while (!File.Exists(Path.Combine(folder, "Purser.slnx")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }
}
