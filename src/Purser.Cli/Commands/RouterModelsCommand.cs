using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Purser.Cli.Api;
using Purser.Cli.Output;

namespace Purser.Cli.Commands;

/// <summary><c>purser router models</c>: the models that requests may be routed to, what they can do, and how they did here.</summary>
internal static class RouterModelsCommand
{
    private const string HowToGetAKey = "Use the key that your client calls the gateway with: pass --key KEY or set PURSER_KEY.";

    private static readonly IReadOnlyList<Column<RoutedModelView>> Columns =
    [
        Column.Text<RoutedModelView>("model", model => model.Model),
        Column.Text<RoutedModelView>("provider", model => model.Provider),
        Column.Text<RoutedModelView>("region", model => model.Region, inTable: false),
        Column.Count<RoutedModelView>("context_tokens", model => model.ContextTokens),
        Column.Count<RoutedModelView>("max_output_tokens", model => model.MaxOutputTokens, inTable: false),
        Column.Text<RoutedModelView>("can", model => Joined(model.Can)),
        Column.Text<RoutedModelView>("languages", model => Joined(model.Languages)),
        Column.Flag<RoutedModelView>("sensitive", model => model.Sensitive),
        Column.Text<RoutedModelView>("formats", model => Joined(model.Formats), inTable: false),
        Column.Text<RoutedModelView>("price_entry", model => model.PriceEntry, inTable: false),
        Column.Exact<RoutedModelView>("input_usd_per_mtok", model => model.InputUsdPerMtok),
        Column.Exact<RoutedModelView>("cached_usd_per_mtok", model => model.CachedUsdPerMtok, inTable: false),
        Column.Exact<RoutedModelView>("output_usd_per_mtok", model => model.OutputUsdPerMtok),
        Column.Text<RoutedModelView>("learned_as", model => model.LearnedAs, inTable: false),
        Column.Flag<RoutedModelView>("learned", model => model.Learned),
        Column.Count<RoutedModelView>("calls", model => model.Calls),
        Column.Exact<RoutedModelView>("answered", model => Text(model.Answered)),
        Column.Exact<RoutedModelView>("seconds", model => Text(model.Seconds)),
    ];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var key = new Option<string?>("--key") { Description = "Your own key (or PURSER_KEY)", HelpName = "key" };
        var url = new Option<string?>("--url", "--gateway")
        {
            Description = $"The gateway's address (or PURSER_URL; default {AdminOptions.DefaultGateway})",
            HelpName = "url",
        };
        var format = FormatOption.Create();
        var command = new Command("models", "List the models that requests may be routed to: what they can do, and how they did here.")
        {
            key,
            url,
            format,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var gateway = AdminOptions.ReadAddress(
                    parsed.GetValue(url) ?? context.Variable("PURSER_URL") ?? AdminOptions.DefaultGateway,
                    "--url"
                );
                using var client = AdminClient.ForClient(gateway, AsksCommand.ReadKey(context, parsed.GetValue(key)), HowToGetAKey);
                var answer = await client.GetAsync<JsonElement>("../route", cancellationToken);
                var models = answer.GetProperty("models").Deserialize<IReadOnlyList<RoutedModelView>>(AdminClient.Json)!;
                new Listing<RoutedModelView>(Columns, models) { Empty = "purser.yml has no block 'routing'." }.Write(
                    context,
                    parsed.GetValue(format)
                );
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static string? Joined(IReadOnlyList<string>? texts) => texts is null ? null : string.Join(", ", texts);

    private static string? Text(double? value) => value?.ToString("0.###", CultureInfo.InvariantCulture);

    private sealed record RoutedModelView(
        string Model,
        string Provider,
        string? Region,
        long? ContextTokens,
        long? MaxOutputTokens,
        IReadOnlyList<string>? Can,
        IReadOnlyList<string>? Languages,
        bool? Sensitive,
        IReadOnlyList<string>? Formats,
        string? PriceEntry,
        string? InputUsdPerMtok,
        string? CachedUsdPerMtok,
        string? OutputUsdPerMtok,
        string? LearnedAs,
        bool? Learned,
        long? Calls,
        double? Answered,
        double? Seconds
    );
}
