using System.CommandLine;
using System.Text.Json.Nodes;
using Purser.Cli.Hosting;
using Purser.Cli.Traffic;
using Purser.Simulator.Skills;
using Purser.Simulator.Traffic;

namespace Purser.Cli.Commands;

/// <summary><c>purser simulate traffic</c>: a day of made-up requests by seed, or what each model would make of them.</summary>
internal static class SimulateTrafficCommand
{
    private const string Outcomes = "outcomes";
    private const string Requests = "requests";

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var seed = new Option<long>("--seed") { Description = "What the traffic is drawn from", DefaultValueFactory = _ => 1 };
        var count = new Option<int>("--count") { Description = "How many requests", DefaultValueFactory = _ => 5000 };
        var form = new Option<string>("--form")
        {
            Description = "requests: their bodies, JSON lines; outcomes: each model's score and cost, CSV for router train",
            HelpName = $"{Requests}|{Outcomes}",
            DefaultValueFactory = _ => Requests,
        };
        form.AcceptOnlyFromAmong(Requests, Outcomes);
        var skills = SkillsOption();
        var prices = new Option<string?>("--prices") { Description = "The price files of outcomes", HelpName = "dir" };
        var command = new Command("traffic", "Print a day of made-up requests: nine applications in four languages.")
        {
            seed,
            count,
            form,
            skills,
            prices,
        };
        command.SetAction(parsed =>
        {
            var many = parsed.GetValue(count);
            if (many is < 1 or > 1_000_000)
            {
                throw CliException.Usage($"--count: '{many}' is not from 1 to 1000000");
            }

            var day = MixedTraffic.Day((ulong)parsed.GetValue(seed), many);
            if (parsed.GetValue(form) == Requests)
            {
                WriteRequests(context.Out, day);
                return ExitCode.Ok;
            }

            var plan = ReadSkills(context, parsed.GetValue(skills)) ?? throw CliException.Usage("--form outcomes needs --skills FILE");
            var outcomes = new SimulatedOutcomes(plan, PriceFiles.Load(context, parsed.GetValue(prices)), TimeProvider.System.GetUtcNow());
            if (outcomes.Unpriced() is { } model)
            {
                throw CliException.Usage($"{model} has no price", "Add one, and say where with --prices DIR.");
            }

            outcomes.Write(context.Out, day);
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary><c>--skills FILE</c>.</summary>
    public static Option<string?> SkillsOption() =>
        new("--skills") { Description = "How well models answer: a JSON file (docs/simulator.md)", HelpName = "file" };

    /// <summary>The plan in a file; null where none is named.</summary>
    /// <exception cref="CliException">It can't be read, or is wrong.</exception>
    public static SkillPlan? ReadSkills(CliContext context, string? file)
    {
        if (file is null)
        {
            return null;
        }

        string text;
        try
        {
            text = File.ReadAllText(context.FullPath(file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage($"--skills: {exception.Message}");
        }

        return SkillPlan.TryParse(text, out var plan, out var error) ? plan : throw CliException.Usage($"--skills: {file}: {error}");
    }

    private static void WriteRequests(TextWriter output, IReadOnlyList<TrafficRequest> day)
    {
        foreach (var request in day)
        {
            var line = new JsonObject
            {
                ["at"] = request.At.ToString("c"),
                ["session"] = request.Session,
                ["application"] = request.Application,
                ["class"] = request.Class,
                ["language"] = request.Language,
                ["body"] = JsonNode.Parse(request.ChatBody("auto")),
            };
            output.WriteLine(line.ToJsonString());
        }
    }
}
