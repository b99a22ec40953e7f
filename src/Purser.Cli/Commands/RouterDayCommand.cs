using System.CommandLine;
using System.Text;
using Purser.Cli.Day;
using Purser.Cli.Hosting;
using Purser.Cli.Output;
using Purser.Routing.Learning;
using Purser.Simulator.Skills;

namespace Purser.Cli.Commands;

/// <summary><c>purser router day</c>: a day of mixed traffic through a gateway before simulated models, and what routing really saved.</summary>
internal static class RouterDayCommand
{
    private const string Cheaper = "gpt-4.1-*";
    private const double Loss = 6;
    private const long JudgedWithDrop = 50;

    private static readonly string[] Models = ["gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano"];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var seed = new Option<long>("--seed") { Description = "What the day is drawn from", DefaultValueFactory = _ => 1 };
        var requests = Count("--requests", "How many requests the day has", 5000);
        var rows = Count("--rows", "How many requests of other days the router learns from", 6000);
        var floor = new Option<long>("--floor")
        {
            Description = "How many of a hundred answers may not be worse than the reference's: 50 to 99",
            DefaultValueFactory = _ => 95,
        };
        var holdout = new Option<long>("--holdout")
        {
            Description = "The percentage of sessions that are held out: 1 to 50",
            DefaultValueFactory = _ => 10,
        };
        var drop = new Option<string?>("--drop")
        {
            Description = "The class of traffic at which the cheaper models get worse at noon",
            HelpName = "class",
        };
        var judge = new Option<long?>("--judge")
        {
            Description = "The percentage of answers that are judged: 0 to 100; 0 unless told otherwise, and 50 with --drop",
        };
        var skills = SimulateTrafficCommand.SkillsOption();
        var command = new Command(
            "day",
            "Play a day of mixed traffic against simulated models of known skill: what is saved, and what it costs in quality."
        )
        {
            seed,
            requests,
            rows,
            floor,
            holdout,
            drop,
            judge,
            skills,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                Check("--floor", parsed.GetValue(floor), 50, 99);
                Check("--holdout", parsed.GetValue(holdout), 1, 50);
                Check("--judge", parsed.GetValue(judge) ?? 0, 0, 100);
                Check("--requests", parsed.GetValue(requests), 500, 1_000_000);
                Check("--rows", parsed.GetValue(rows), 500, 100_000);
                var folder = Directory.CreateTempSubdirectory("purser-day-").FullName;
                try
                {
                    var now = context.Time.GetUtcNow();
                    var options = new DayOptions(
                        SimulateTrafficCommand.ReadSkills(context, parsed.GetValue(skills)) ?? DefaultSkills(),
                        PriceFiles.Load(PriceFiles.BuiltIn),
                        Models,
                        Path.Combine(folder, "router.model"),
                        (ulong)parsed.GetValue(seed),
                        parsed.GetValue(requests),
                        parsed.GetValue(floor),
                        parsed.GetValue(holdout),
                        new DateTimeOffset(now.Date, TimeSpan.Zero),
                        DropOf(parsed.GetValue(drop)),
                        parsed.GetValue(judge) ?? (parsed.GetValue(drop) is null ? 0 : JudgedWithDrop)
                    );
                    return await RunAsync(context, options, parsed.GetValue(rows), folder, cancellationToken);
                }
                finally
                {
                    Directory.Delete(folder, recursive: true);
                }
            }
        );
        return command;
    }

    /// <summary>The skills where no file is named: those of <c>samples/skills.json</c>.</summary>
    internal static SkillPlan DefaultSkills()
    {
        using var stream = typeof(RouterDayCommand).Assembly.GetManifestResourceStream("skills.json")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return SkillPlan.TryParse(reader.ReadToEnd(), out var plan, out var error) ? plan : throw new InvalidOperationException(error);
    }

    private static async Task<int> RunAsync(
        CliContext context,
        DayOptions options,
        int rows,
        string folder,
        CancellationToken cancellationToken
    )
    {
        // Other days than the one that is played, and than each other.
        var learned = DayWorld.Create(options.Plan, options.Book, options.Models, options.Seed + 1_000_000, rows, options.Midnight);
        var model = LearnedRouter.Learn([learned]);
        await File.WriteAllBytesAsync(options.ModelFile, ModelFile.Write(model), cancellationToken);
        var report = await Terminal.WithProgressAsync(
            context,
            "requests of the day",
            options.Requests,
            step => DayRun.RunAsync(options, Path.Combine(folder, "data"), step, cancellationToken)
        );
        report.Write(context.Out);
        if (options.Drop is null)
        {
            WriteOthers(context.Out, options, learned, model);
        }

        var failures = report.Failures().ToList();
        context.Out.WriteLine();
        context.Out.WriteLine(failures.Count == 0 ? "All is as it must be." : string.Join('\n', failures));
        return failures.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private static void WriteOthers(TextWriter output, DayOptions options, DayWorld learned, LearnedModel model)
    {
        output.WriteLine();
        output.WriteLine("Beside it, on the same day, without a gateway:");
        var day = DayWorld.Create(options.Plan, options.Book, options.Models, options.Seed, options.Requests, options.Midnight);
        foreach (var (name, choice) in Others(day, learned, model, options))
        {
            output.WriteLine($"  {day.Score(name, choice, options.Epsilon)}");
        }
    }

    private static IEnumerable<(string Name, int[] Choice)> Others(DayWorld day, DayWorld learned, LearnedModel model, DayOptions options)
    {
        yield return ("the router alone", new LearnedRouter(model, options.Models, options.FloorPercent).Choose(day));
        yield return ("by the class's label", PlainRouters.ByClass(learned, day, options.Epsilon, LearnedRouter.Delta));
        for (var i = 1; i < options.Models.Count; i++)
        {
            yield return ($"all to {options.Models[i]}", PlainRouters.Constant(day, i));
        }

        yield return ("the oracle", day.Oracle(options.Epsilon));
    }

    // Nothing but the skill's loss tells from which class it is, so a misspelt one would be a drop of nothing.
    private static DayDrop? DropOf(string? kind) =>
        kind is null ? null
        : TaskKind.Usual.Any(known => known.Name == kind) || kind == TaskKind.Other
            ? new DayDrop(Cheaper, kind, TimeSpan.FromHours(12), Loss)
        : throw CliException.Usage(
            $"--drop: '{kind}' is no class of traffic",
            $"They are {string.Join(", ", TaskKind.Usual.Select(known => known.Name).Append(TaskKind.Other))}."
        );

    private static Option<int> Count(string name, string description, int usual) =>
        new(name) { Description = description, DefaultValueFactory = _ => usual };

    private static void Check(string option, long value, long least, long most)
    {
        if (value < least || value > most)
        {
            throw CliException.Usage($"{option}: '{value}' is not from {least} to {most}");
        }
    }
}
