using System.CommandLine;

namespace Purser.Cli.Output;

/// <summary>How a listing is written.</summary>
internal enum ListingFormat
{
    /// <summary>For people.</summary>
    Table,

    /// <summary>One JSON object: <c>{"data":[…]}</c>.</summary>
    Json,

    /// <summary>RFC 4180, with a header.</summary>
    Csv,
}

/// <summary>The option that every listing has.</summary>
internal static class FormatOption
{
    /// <summary><c>--format table|json|csv</c>.</summary>
    public static Option<ListingFormat> Create()
    {
        var option = new Option<ListingFormat>("--format")
        {
            Description = "table (for people), json or csv (stable names, see docs/cli.md)",
            HelpName = "table|json|csv",
            DefaultValueFactory = _ => ListingFormat.Table,
            CustomParser = result =>
            {
                switch (result.Tokens.Count == 1 ? result.Tokens[0].Value : "")
                {
                    case "table":
                        return ListingFormat.Table;
                    case "json":
                        return ListingFormat.Json;
                    case "csv":
                        return ListingFormat.Csv;
                    default:
                        result.AddError($"--format is table, json or csv, not '{string.Join(' ', result.Tokens.Select(t => t.Value))}'");
                        return default;
                }
            },
        };
        return option;
    }
}
