using System.CommandLine;
using Purser.Cli.Output;
using Purser.Cli.Router;
using Purser.Gateway.Configuration;
using Purser.Gateway.Routing;
using Purser.Routing.Choice;
using Purser.Routing.Hindsight;

namespace Purser.Cli.Commands;

/// <summary><c>purser router simulate</c>: where past requests would have gone by another policy. It reads a data folder, and needs no gateway.</summary>
internal static class RouterSimulateCommand
{
    private const int MostDays = 3650;

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var data = UpCommand.DataOption();
        var days = new Option<int>("--days")
        {
            Description = "How many days back",
            HelpName = "N",
            DefaultValueFactory = _ => 30,
        };
        var policy = new Option<string>("--policy")
        {
            Description = "A purser.yml with the block routing to see the past with",
            HelpName = "file",
            Required = true,
        };
        var name = new Option<string>("--name")
        {
            Description = "Which of its policies",
            HelpName = "policy",
            DefaultValueFactory = _ => RoutePolicy.Auto,
        };
        var seed = new Option<ulong>("--seed") { Description = "The seed of the bootstrap", DefaultValueFactory = _ => 1 };
        var format = FormatOption.Create();
        var command = new Command("simulate", "Where past requests would have gone by another policy, and what is expected of that.")
        {
            data,
            days,
            policy,
            name,
            seed,
            format,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(days) is < 1 or > MostDays)
            {
                throw CliException.Usage($"--days is from 1 to {MostDays}");
            }

            var (other, thresholds) = ReadPolicy(context, parsed.GetRequiredValue(policy), parsed.GetRequiredValue(name));
            var routes = Routes(
                LedgerCommand.ExistingFolder(context, parsed.GetRequiredValue(data)),
                context.Time.GetUtcNow().AddDays(-parsed.GetValue(days))
            );
            var report = PolicyReplay.See(routes, other, thresholds, parsed.GetValue(seed));
            new PolicyReplayWriter(context, report, other).Write(parsed.GetValue(format));
            return ExitCode.Ok;
        });
        return command;
    }

    private static IReadOnlyList<PastRoute> Routes(string folder, DateTimeOffset from)
    {
        try
        {
            return RouteHistory.Read(folder, from);
        }
        catch (Exception wrong) when (wrong is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw CliException.Failed($"{folder}: {wrong.Message.TrimEnd('.')}");
        }
    }

    private static (OtherPolicy Policy, PastThresholds? Thresholds) ReadPolicy(CliContext context, string file, string name)
    {
        string text;
        try
        {
            text = File.ReadAllText(context.FullPath(file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage($"--policy: {exception.Message}");
        }

        // What else is in the file isn't asked for, such as keys in the environment.
        var read = ConfigurationFile.Parse(file, text, variable => context.Environment(variable) ?? "unset");
        if (read.Errors is [var error, ..])
        {
            throw CliException.Usage($"--policy: {error}");
        }

        var routing = read.Routing ?? throw CliException.Usage($"--policy: {file} has no block 'routing'");
        if (!routing.Policies.TryGetValue(name, out var policy))
        {
            throw CliException.Usage(
                $"--name: {file} has no policy '{name}'",
                $"It has {string.Join(", ", routing.Policies.Keys.Order(StringComparer.Ordinal))}."
            );
        }

        if (policy.Prefer == Preference.Speed)
        {
            throw CliException.Usage(
                $"--name: '{name}' prefers speed, and how fast each model was isn't recorded well enough to see the past by it"
            );
        }

        return (new OtherPolicy(policy.Reference, policy.Candidates, policy.Floor, policy.Prefer == Preference.Quality), null);
    }
}
