using System.CommandLine;
using System.CommandLine.Parsing;
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

    [Fact]
    public async Task The_commands_of_the_guide_to_budgets_are_as_the_program_takes_them()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "PUT /admin/v1/budgets",
            """{"id":"bud_1","scope":{"kind":"account","id":"acc_1","path":"x"},"unit":"usd","window":"month","limit":"1","hard":true}"""
        );
        using var run = CliRun.With(gateway);
        run.Environment["PURSER_KEY"] = "pk_1";
        var commands = File.ReadLines(Path.Combine(Root(), "docs", "budgets.md"))
            .Where(line => line.StartsWith("./purser ", StringComparison.Ordinal))
            .Select(line => CommandLineParser.SplitCommandLine(line["./purser ".Length..]).ToArray())
            .ToList();
        Assert.True(commands.Count >= 30);

        foreach (var command in commands)
        {
            // What the fake gateway doesn't know ends in 1; a command line that is wrong, in 2.
            var expected = command is ["budgets", "set", ..] ? ExitCode.Ok : ExitCode.Failed;
            Assert.True(await run.RunAsync(command) == expected, $"{string.Join(' ', command)}: {run.Error}");
        }
    }

    [Fact]
    public async Task The_example_of_a_corrected_price_works()
    {
        await using var gateway = (await FakeGateway.StartAsync()).On(
            "POST /admin/v1/ledger/rerate",
            """{"entries":0,"after":0,"up_to":0,"rerated":[],"left":[]}"""
        );
        using var run = CliRun.With(gateway);
        var section = File.ReadAllText(Path.Combine(Root(), "docs", "pricing.md"))
            .Split("## Correct a price after the fact\n")[1]
            .Split("\n## ")[0];
        var prices = section.Split("```yaml\n")[1].Split("```")[0];
        run.Write(string.Join('\n', prices.Split('\n').Select(line => line.Length > 3 ? line[3..] : line)), "mine", "openai.yml");

        Assert.True(await run.RunAsync("prices", "check", "--prices", "mine", "--beside-shipped") == ExitCode.Ok, run.Out);
        Assert.Equal(
            ExitCode.Ok,
            await run.RunAsync("prices", "quote", "openai/gpt-5-mini", "--input", "1000000", "--output", "0", "--prices", "mine")
        );
        Assert.Contains("0.2", run.Out, StringComparison.Ordinal);
        var commands = section
            .Split('\n')
            .Select(line => line.Trim())
            .Where(line => line.StartsWith("./purser ledger rerate ", StringComparison.Ordinal))
            .ToList();
        Assert.Equal(2, commands.Count);
        foreach (var command in commands)
        {
            var arguments = CommandLineParser.SplitCommandLine(command["./purser ".Length..]).ToArray();
            Assert.True(await run.RunAsync(arguments) == ExitCode.Ok, $"{command}: {run.Error}");
        }
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

    internal static string Root()
    {
        var folder = Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!;
        while (!File.Exists(Path.Combine(folder, "Purser.slnx")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }
}
