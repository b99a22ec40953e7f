using System.CommandLine;
using Purser.Cli.Api;
using Purser.Cli.Output;

namespace Purser.Cli.Commands;

/// <summary><c>purser models</c>: what the gateway can serve, and whether it has a price for it.</summary>
internal static class ModelsCommand
{
    private static readonly IReadOnlyList<Column<ModelView>> Columns =
    [
        Column.Text<ModelView>("id", model => model.Id),
        Column.Text<ModelView>("provider", model => model.Provider),
        Column.Text<ModelView>("api", model => model.Api),
        Column.Flag<ModelView>("priced", model => model.Priced),
        Column.Text<ModelView>("price_entry", model => model.PriceEntry),
    ];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var format = FormatOption.Create();
        var command = new Command("models", "List the models that the gateway serves.") { format };
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var client = admin.Connect(parsed);
                var models = await client.ListAsync<ModelView>("models", cancellationToken);
                new Listing<ModelView>(Columns, models)
                {
                    Empty = "The gateway has no providers. purser.yml, or OPENAI_API_KEY and ANTHROPIC_API_KEY, configure them.",
                }.Write(context, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }
}
