using System.CommandLine;
using System.Text.Json;
using Purser.Cli.Api;
using Purser.Cli.Output;

namespace Purser.Cli.Commands;

/// <summary><c>purser route --file request.json</c>: where a request would go, and what it would cost at each model. Nothing is sent.</summary>
internal static class RouteCommand
{
    private const string HowToGetAKey = "Use the key that your client calls the gateway with: pass --key KEY or set PURSER_KEY.";

    private static readonly IReadOnlyList<Column<QuotedModelView>> Columns =
    [
        Column.Text<QuotedModelView>("model", model => model.Model),
        Column.Text<QuotedModelView>("provider", model => model.Provider),
        Column.Exact<QuotedModelView>("expected_usd", model => model.ExpectedUsd),
        Column.Exact<QuotedModelView>("at_most_usd", model => model.AtMostUsd),
        Column.Text<QuotedModelView>("price_entry", model => model.PriceEntry),
        Column.Text<QuotedModelView>("unable", model => model.Unable),
    ];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var file = new Option<FileInfo>("--file")
        {
            Description = "The request's body, as a client sends it: JSON",
            HelpName = "file",
            Required = true,
        };
        var wire = new Option<string>("--as")
        {
            Description = "Its wire format: chat (the default), messages, responses, gemini, …",
            HelpName = "format",
            DefaultValueFactory = _ => "chat",
        };
        var model = new Option<string?>("--model") { Description = "The model, where the format has it in the path", HelpName = "model" };
        var all = new Option<bool>("--all")
        {
            Description = "Quote every model that the gateway has, not only those of the routing policies",
        };
        var key = new Option<string?>("--key") { Description = "Your own key (or PURSER_KEY)", HelpName = "key" };
        var url = new Option<string?>("--url", "--gateway")
        {
            Description = $"The gateway's address (or PURSER_URL; default {AdminOptions.DefaultGateway})",
            HelpName = "url",
        };
        var format = FormatOption.Create();
        var command = new Command("route", "Say where a request would go, and what it would cost at each model. Nothing is sent.")
        {
            file,
            wire,
            model,
            all,
            key,
            url,
            format,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var body = await File.ReadAllTextAsync(parsed.GetRequiredValue(file).FullName, cancellationToken);
                var gateway = AdminOptions.ReadAddress(
                    parsed.GetValue(url) ?? context.Variable("PURSER_URL") ?? AdminOptions.DefaultGateway,
                    "--url"
                );
                var path = $"../route?format={Uri.EscapeDataString(parsed.GetRequiredValue(wire))}";
                path += parsed.GetValue(model) is { } named ? $"&model={Uri.EscapeDataString(named)}" : "";
                path += parsed.GetValue(all) ? "&all=true" : "";
                using var client = AdminClient.ForClient(gateway, AsksCommand.ReadKey(context, parsed.GetValue(key)), HowToGetAKey);
                var answer = await client.PostTextAsync<JsonElement>(path, body, cancellationToken);
                Write(context, answer, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static void Write(CliContext context, JsonElement answer, ListingFormat format)
    {
        if (format == ListingFormat.Json)
        {
            context.Out.WriteLine(JsonSerializer.Serialize(answer, ExplainCommand.Indented));
            return;
        }

        var models = answer.GetProperty("models").Deserialize<IReadOnlyList<QuotedModelView>>(AdminClient.Json)!;
        if (format == ListingFormat.Table)
        {
            var output = context.Out;
            output.WriteLine(
                answer.TryGetProperty("model", out var model)
                    ? $"'{Text(answer, "asked")}' would go to {Text(answer, "provider")}/{Printable.Line(model.GetString()!)}, for at most {Usd.Show(Text(answer, "at_most_usd"))}."
                    : $"'{Text(answer, "asked")}' would be refused: {Text(answer, "reason")}"
            );
            Explanation.WriteRoute(output, answer.TryGetProperty("route", out var route) ? route : default);
            output.WriteLine();
        }

        new Listing<QuotedModelView>(Columns, models) { Empty = "There is no model to quote." }.Write(context, format);
    }

    private static string Text(JsonElement answer, string name) =>
        answer.TryGetProperty(name, out var text) ? Printable.Line(text.GetString() ?? "") : "";

    /// <summary>A model with what the request would cost there, or why it can't do it.</summary>
    private sealed record QuotedModelView(
        string Model,
        string? Provider,
        string? ExpectedUsd,
        string? AtMostUsd,
        string? PriceEntry,
        string? Unable
    );
}
