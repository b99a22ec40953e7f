using System.CommandLine;
using System.Globalization;
using Purser.Cli.Output;
using Purser.Routing.Evidence;
using Purser.Routing.Learning;

namespace Purser.Cli.Commands;

/// <summary><c>purser router curve</c>: what each floor would give, by a model file's held-out rows.</summary>
internal static class RouterCurveCommand
{
    private static readonly double[] Floors = [0.99, 0.98, 0.97, 0.96, 0.95, 0.94, 0.92, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5];

    private static readonly IReadOnlyList<Column<DialPoint>> Columns =
    [
        Column.Exact<DialPoint>("floor", point => Percent(point.Floor)),
        Column.Count<DialPoint>("promised", point => point.Promised),
        Column.Count<DialPoint>("declined", point => point.Declined),
        Column.Exact<DialPoint>("down", point => Percent(point.ShareDown)),
        Column.Exact<DialPoint>("worse", point => Percent(point.Worse)),
        Column.Exact<DialPoint>("quality", point => Percent(point.Quality)),
        Column.Exact<DialPoint>("saving", point => Percent(point.Saving)),
    ];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var model = new Option<string>("--model")
        {
            Description = "The model file that `router train` made",
            HelpName = "FILE",
            Required = true,
        };
        var reference = new Option<string>("--reference")
        {
            Description = "The model that none may be worse than, as it was learned of",
            HelpName = "MODEL",
            Required = true,
        };
        var cost = new Option<string[]>("--cost")
        {
            Description = "What a call of a model costs, in any unit; the other models that have one are the candidates",
            HelpName = "MODEL=AMOUNT",
            AllowMultipleArgumentsPerToken = true,
        };
        var confidence = new Option<int>("--confidence")
        {
            Description = "How sure each promise is, in percent: 50 to 99",
            HelpName = "N",
            DefaultValueFactory = _ => 95,
        };
        var format = FormatOption.Create();
        var command = new Command("curve", "What each floor would give: the share that goes to cheaper models, and what that saves.")
        {
            model,
            reference,
            cost,
            confidence,
            format,
        };
        command.SetAction(parsed =>
        {
            var learned = Read(context, parsed.GetRequiredValue(model));
            var costs = (parsed.GetValue(cost) ?? [])
                .Select(ReadCost)
                .ToDictionary(pair => pair.Model, pair => pair.Cost, StringComparer.Ordinal);
            var points = Measure(learned, parsed.GetRequiredValue(reference), costs, parsed.GetValue(confidence));
            new Listing<DialPoint>(Columns, points).Write(context, parsed.GetValue(format));
            return ExitCode.Ok;
        });
        return command;
    }

    private static IReadOnlyList<DialPoint> Measure(
        LearnedModel learned,
        string reference,
        Dictionary<string, decimal> costs,
        int confidence
    )
    {
        if (confidence is < 50 or > 99)
        {
            throw CliException.Usage("--confidence is from 50 to 99");
        }

        var thresholds = new Thresholds(learned.HeldOut, learned.Version, 1 - (confidence / 100.0));
        if (costs.Keys.Append(reference).FirstOrDefault(name => !thresholds.Models.Contains(name)) is { } wrong)
        {
            throw CliException.Usage(
                $"the model file has no held-out outcome of '{wrong}'",
                $"It has those of: {string.Join(", ", thresholds.Models.DefaultIfEmpty("none"))}."
            );
        }

        var candidates = thresholds
            .Models.Where(name => name != reference && (costs.Count == 0 || costs.ContainsKey(name)))
            .OrderBy(name => costs.GetValueOrDefault(name))
            .ToList();
        return DialCurve.Of(learned.HeldOut, thresholds, reference, candidates, costs, Floors);
    }

    private static LearnedModel Read(CliContext context, string file)
    {
        try
        {
            return ModelFile.Read(File.ReadAllBytes(context.FullPath(file)));
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw CliException.Usage($"{file}: {wrong.Message.TrimEnd('.')}", "Make one with `./purser router train`.");
        }
    }

    private static (string Model, decimal Cost) ReadCost(string text)
    {
        var end = text.LastIndexOf('=');
        return end > 0 && decimal.TryParse(text.AsSpan(end + 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var cost)
            ? (text[..end], cost)
            : throw CliException.Usage($"--cost is MODEL=AMOUNT, not '{text}'");
    }

    private static string? Percent(double? share) => (share * 100)?.ToString("0.##", CultureInfo.InvariantCulture);
}
