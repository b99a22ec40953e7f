using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Purser.Cli.Output;
using Purser.Providers.Tokens;

namespace Purser.Cli.Commands;

/// <summary><c>purser tokens count</c>: how many tokens a text or a request has. Works without a gateway, and so without what one has learned.</summary>
internal static class TokensCommand
{
    private static readonly IReadOnlyList<Column<CountRow>> Columns =
    [
        Column.Text<CountRow>("model", row => row.Model),
        Column.Count<CountRow>("tokens", row => row.Estimate.Tokens),
        Column.Text<CountRow>("count", row => row.Estimate.IsExact ? "exact" : "estimate"),
        Column.Exact<CountRow>("p90_error", row => row.Estimate.Error?.ToString("0.000", CultureInfo.InvariantCulture)),
        Column.Text<CountRow>("basis", row => row.Estimate.Basis),
    ];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var command = new Command("tokens", "How many tokens texts and requests have.");
        command.Subcommands.Add(Count(context));
        return command;
    }

    private static Command Count(CliContext context)
    {
        var file = new Argument<string>("file")
        {
            Description = "A file, or - for standard input (default)",
            Arity = ArgumentArity.ZeroOrOne,
            DefaultValueFactory = _ => "-",
        };
        var model = new Option<string>("--model") { Description = "The model, as its provider names it", Required = true };
        var request = new Option<bool>("--request")
        {
            Description = "It is the JSON body of a request (chat completions, responses or messages), not a text",
        };
        var format = FormatOption.Create();
        var command = new Command("count", "Count a text's or a request's tokens, and say how sure that is.")
        {
            file,
            model,
            request,
            format,
        };
        command.SetAction(parsed =>
        {
            var name = parsed.GetRequiredValue(model);
            var bytes = Read(context, parsed.GetRequiredValue(file));
            var estimate = parsed.GetValue(request) ? OfRequest(name, bytes) : OfText(name, bytes);
            new Listing<CountRow>(Columns, [new CountRow(name, estimate)]).Write(context, parsed.GetValue(format));
            return ExitCode.Ok;
        });
        return command;
    }

    // What isn't UTF-8 would be counted as the signs that stand in for it, and called exact.
    private static TokenEstimate OfText(string model, byte[] text) =>
        Utf8.IsValid(text)
            ? TokenCounter.OfText(model, Encoding.UTF8.GetString(text))
            : throw CliException.Usage("this is no text in UTF-8", "Convert it first, for example with iconv.");

    private static TokenEstimate OfRequest(string model, byte[] body)
    {
        try
        {
            return TokenCounter.OfRequest(model, body);
        }
        catch (JsonException)
        {
            throw CliException.Usage("this is not the JSON body of a request", "Leave --request out to count it as a text.");
        }
    }

    private static byte[] Read(CliContext context, string file)
    {
        try
        {
            using var input = context.OpenFile(file);
            using var bytes = new MemoryStream();
            input.CopyTo(bytes);
            return bytes.ToArray();
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage(wrong.Message, "Name a file, or - for standard input.");
        }
    }

    private sealed record CountRow(string Model, TokenEstimate Estimate);
}
