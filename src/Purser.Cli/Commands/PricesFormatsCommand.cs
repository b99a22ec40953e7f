using System.CommandLine;
using Purser.Cli.Hosting;
using Purser.Cli.Output;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Purser.Cli.Commands;

/// <summary><c>purser prices formats</c>: which formats of usage are priced, what of them is refused, and why.</summary>
internal static class PricesFormatsCommand
{
    private static readonly IReadOnlyList<Column<Row>> Columns =
    [
        Column.Text<Row>("provider", row => row.Provider),
        Column.Text<Row>("api", row => row.Api),
        Column.Text<Row>("priced", row => Plain(row.Priced)),
        Column.Text<Row>("refused", row => Plain(row.Refused)),
    ];

    /// <summary>The file that says it.</summary>
    public static string BuiltIn => Path.Combine(PriceFiles.BuiltIn, "formats.yml");

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var provider = new Option<string?>("--provider") { Description = "Only one provider's", HelpName = "name" };
        var format = FormatOption.Create();
        var command = new Command("formats", "What prices quote --usage prices of each wire format, and what it refuses and why.")
        {
            provider,
            format,
        };
        command.SetAction(parsed =>
        {
            var wanted = parsed.GetValue(provider);
            var rows = Read(BuiltIn)
                .SelectMany(entry =>
                    entry.Providers.SelectMany(name => entry.Apis.Select(api => new Row(name, api, entry.Priced, entry.Refused)))
                )
                .Where(row => wanted is null || row.Provider == wanted)
                .OrderBy(row => row.Provider, StringComparer.Ordinal)
                .ToList();
            new Listing<Row>(Columns, rows) { Empty = "There is no such provider." }.Write(context, parsed.GetValue(format));
        });
        return command;
    }

    /// <summary>What a file says.</summary>
    public static IReadOnlyList<Entry> Read(string file) =>
        new DeserializerBuilder()
            .WithNamingConvention(UnderscoredNamingConvention.Instance)
            .Build()
            .Deserialize<Formats>(File.ReadAllText(file))
            .All;

    // Documentation marks names by backticks.
    private static string? Plain(string? text) => text?.Replace("`", "", StringComparison.Ordinal);

    /// <summary>Formats that are read alike.</summary>
    internal sealed class Entry
    {
        /// <summary>The providers.</summary>
        public List<string> Providers { get; init; } = [];

        /// <summary>Their apis.</summary>
        public List<string> Apis { get; init; } = [];

        /// <summary>What is priced.</summary>
        public string Priced { get; init; } = "";

        /// <summary>What is refused, and why; null where nothing is.</summary>
        public string? Refused { get; init; }
    }

    private sealed class Formats
    {
        [YamlMember(Alias = "formats")]
        public List<Entry> All { get; init; } = [];
    }

    private sealed record Row(string Provider, string Api, string Priced, string? Refused);
}
