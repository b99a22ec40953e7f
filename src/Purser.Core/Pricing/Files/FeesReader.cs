using Purser.Core.Usage;

namespace Purser.Core.Pricing;

/// <summary>Reads the fees of a file that stand beside the entries of its models.</summary>
internal static class FeesReader
{
    /// <summary>The key of a file.</summary>
    public const string Key = "fees";

    private const string Models = "models";

    // A request's fee, and its time, are part of what a model costs, and no fee of something that it may use.
    private static readonly UsageClass[] OfModels = [UsageClass.FlatRequest, UsageClass.ComputeMillisecond];

    // So are these, but for models of which the book says that they search for each request: there it's the fee of the search.
    private static readonly string[] OfSearches =
    [
        RateKey.Of(UsageClass.LowContextRequest).Name,
        RateKey.Of(UsageClass.MediumContextRequest).Name,
        RateKey.Of(UsageClass.HighContextRequest).Name,
    ];

    private static readonly string[] Keys =
    [
        Models,
        "source",
        "note",
        .. RateKey.All.Where(key => key.IsFee && !OfModels.Contains(key.Class)).Select(key => key.Name),
    ];

    /// <summary>The items, in the order of the file.</summary>
    /// <param name="root">The file.</param>
    /// <param name="file">Its name.</param>
    /// <param name="provider">Its provider.</param>
    /// <param name="source">Reads where figures come from.</param>
    /// <param name="errors">Receives what is wrong.</param>
    public static List<ModelFees> Read(
        PriceSection root,
        string file,
        string provider,
        Func<PriceSection, string> source,
        List<PriceError> errors
    )
    {
        var rates = new RateReader(file, errors);
        var stated = root.List(Models);
        var names = stated.Select(Id).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var searching = SearchingModel.Of(stated);
        var read = new List<ModelFees>();
        foreach (var node in root.List(Key))
        {
            var section = new PriceSection(file, node, "an item of 'fees'", Keys, errors);
            var models = section.List(Models);
            foreach (var model in models.Where(model => model.Text is null || !names.Contains(model.Text)))
            {
                var nearest = NearestName.Of(model.Text ?? "", names);
                var suggestion = nearest is null ? "name a model of this file by its id" : $"did you mean '{nearest}'?";
                section.Report(PriceErrorKind.WrongValue, model.Line, $"there is no model '{model.Text ?? model.Kind}' here", suggestion);
            }
            CheckSearches(section, models, searching);
            read.Add(
                new()
                {
                    Provider = provider,
                    Models = [.. models.Select(model => model.Text ?? "")],
                    Rates = rates.FeesOf(section),
                    Source = source(section),
                    Note = section.Text("note"),
                }
            );
        }
        return read;
    }

    /// <summary>The fees of a model; where several items have one, the last holds.</summary>
    public static Dictionary<UsageClass, decimal> Of(string model, IReadOnlyList<ModelFees> fees)
    {
        var rates = new Dictionary<UsageClass, decimal>();
        foreach (var (usageClass, rate) in fees.Where(beside => beside.HoldFor(model)).SelectMany(beside => beside.Rates))
        {
            rates[usageClass] = rate;
        }
        return rates;
    }

    private static void CheckSearches(PriceSection section, IReadOnlyList<PriceNode> models, HashSet<string> searching)
    {
        if (OfSearches.FirstOrDefault(section.Has) is not { } key)
        {
            return;
        }
        if (models.Count == 0 || !models.All(model => model.Text is { } id && searching.Contains(id)))
        {
            section.Report(
                PriceErrorKind.WrongValue,
                section.LineOf(key),
                $"'{key}' is there for models without '{SearchingModel.Always}: true'",
                "the fee of a request belongs into the price itself; only that of a search that each request has can stand beside it"
            );
        }
    }

    private static string? Id(PriceNode model) => model.Pairs?.FirstOrDefault(pair => pair.Key.Text == "id").Value?.Text;
}
