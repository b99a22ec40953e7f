using Purser.Core.Usage;

namespace Purser.Core.Pricing;

/// <summary>Reads whether a model searches the web for each request, asked or not.</summary>
internal static class SearchingModel
{
    /// <summary>The key of a model that does.</summary>
    public const string Always = "always_searches";

    /// <summary>The key for the size of the search's context where a request names none.</summary>
    public const string DefaultContext = "default_search_context";

    /// <summary>The ids of a file's models that do.</summary>
    public static HashSet<string> Of(IReadOnlyList<PriceNode> models) =>
        models
            .Where(model => Member(model, Always) == "true")
            .Select(model => Member(model, "id"))
            .OfType<string>()
            .ToHashSet(StringComparer.Ordinal);

    /// <summary>What a model says of its searches.</summary>
    public static (bool Always, UsageClass? DefaultRequest) Read(PriceSection model)
    {
        var always = model.Flag(Always);
        var size = model.Text(DefaultContext);
        UsageClass? request = size switch
        {
            "low" => UsageClass.LowContextRequest,
            "medium" => UsageClass.MediumContextRequest,
            "high" => UsageClass.HighContextRequest,
            _ => null,
        };
        if (size is not null && (request is null || !always))
        {
            model.Report(
                PriceErrorKind.WrongValue,
                model.LineOf(DefaultContext),
                request is null ? $"'{DefaultContext}' is '{size}'" : $"'{DefaultContext}' is there without '{Always}: true'",
                request is null
                    ? "write low, medium or high"
                    : $"only a model that always searches has one: add '{Always}: true', or leave it out"
            );
        }
        return (always, request);
    }

    private static string? Member(PriceNode model, string key) => model.Pairs?.FirstOrDefault(pair => pair.Key.Text == key).Value?.Text;
}
