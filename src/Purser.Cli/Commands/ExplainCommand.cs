using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Purser.Cli.Api;
using Purser.Cli.Output;

namespace Purser.Cli.Commands;

/// <summary><c>purser explain REQUEST-ID</c>: everything that was decided about one request, and what it cost.</summary>
internal static class ExplainCommand
{
    /// <summary>How a whole record is printed.</summary>
    public static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var id = new Argument<string>("request-id") { Description = "From the x-purser-request-id header of the answer" };
        var format = FormatOption.Create();
        format.Description = "table (for people) or json (the whole record)";
        var command = new Command(
            "explain",
            "Print the whole decision about one request: who, what, which price, which budgets, what it cost."
        )
        {
            id,
            format,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(format) == ListingFormat.Csv)
            {
                result.AddError("explain prints table or json: a decision has no rows for csv");
            }
        });
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var client = admin.Connect(parsed);
                var record = await client.GetAsync<JsonElement>(
                    $"requests/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}",
                    cancellationToken
                );
                if (parsed.GetValue(format) == ListingFormat.Json)
                {
                    context.Out.WriteLine(JsonSerializer.Serialize(record, Indented));
                }
                else
                {
                    Explanation.Write(context, record);
                }

                return ExitCode.Ok;
            }
        );
        return command;
    }
}
