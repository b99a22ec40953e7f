using System.CommandLine;
using System.Globalization;
using Purser.Cli.Api;
using Purser.Cli.Output;

namespace Purser.Cli.Commands;

/// <summary><c>purser keys create|list|disable</c>: the keys that clients call the gateway with.</summary>
internal static class KeysCommand
{
    private static readonly IReadOnlyList<Column<KeyView>> Columns =
    [
        Column.Text<KeyView>("id", key => key.Id),
        Column.Text<KeyView>("name", key => key.Name),
        Column.Text<KeyView>("account_path", key => AccountPath.Show(key.AccountPath)),
        Column.Text<KeyView>("account", key => key.Account, inTable: false),
        Column.Text<KeyView>("created_at", key => key.CreatedAt),
        Column.Text<KeyView>("expires_at", key => key.ExpiresAt),
        Column.Flag<KeyView>("disabled", key => key.Disabled),
    ];

    private static readonly IReadOnlyList<Column<NewKeyView>> NewColumns =
    [
        Column.Text<NewKeyView>("id", key => key.Id),
        Column.Text<NewKeyView>("name", key => key.Name),
        Column.Text<NewKeyView>("account_path", key => AccountPath.Show(key.AccountPath)),
        Column.Text<NewKeyView>("key", key => key.Key),
    ];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var command = new Command("keys", "The keys that clients call the gateway with.");
        command.Subcommands.Add(CreateKey(context));
        command.Subcommands.Add(List(context));
        command.Subcommands.Add(Disable(context));
        return command;
    }

    private static Command CreateKey(CliContext context)
    {
        var name = new Argument<string>("name") { Description = "What the key is called: search-ci" };
        var account = new Option<string>("--account") { Description = "Whose key it is: an account's path or id", Required = true };
        var expires = new Option<string?>("--expires")
        {
            Description = "When it stops working: a time (2027-01-31T00:00:00Z), a date, or a span (30d, 12h)",
        };
        var format = FormatOption.Create();
        var command = new Command("create", "Make a key. Its secret is printed once.") { name, account, expires, format };
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var expiresAt = parsed.GetValue(expires) is { } text
                    ? TimeText.Read(text, context.Time.GetUtcNow(), TimeText.Direction.Ahead, "--expires")
                    : (DateTimeOffset?)null;
                using var client = admin.Connect(parsed);
                var key = await client.SendAsync<NewKeyView>(
                    HttpMethod.Post,
                    "keys",
                    new
                    {
                        Account = parsed.GetRequiredValue(account),
                        Name = parsed.GetRequiredValue(name),
                        ExpiresAt = expiresAt?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                    },
                    cancellationToken
                );
                WriteNew(context, client.Gateway, key, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static void WriteNew(CliContext context, Uri gateway, NewKeyView key, ListingFormat format)
    {
        if (format != ListingFormat.Table)
        {
            new Listing<NewKeyView>(NewColumns, [key]).Write(context, format);
            return;
        }

        var address = gateway.GetLeftPart(UriPartial.Authority);
        context.Out.WriteLine(key.Key);
        context.Error.WriteLine(
            $"Key {Printable.Line(key.Name)} ({key.Id}) of {Printable.Line(AccountPath.Show(key.AccountPath) ?? key.Account ?? "")}. It is not shown again."
        );
        context.Error.WriteLine($"  OpenAI clients:    OPENAI_BASE_URL={address}/v1 OPENAI_API_KEY=<key>");
        context.Error.WriteLine($"  Anthropic clients: ANTHROPIC_BASE_URL={address} ANTHROPIC_API_KEY=<key>");
    }

    private static Command List(CliContext context)
    {
        var format = FormatOption.Create();
        var command = new Command("list", "List the keys, without their secrets.") { format };
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var client = admin.Connect(parsed);
                var keys = await client.ListAsync<KeyView>("keys", cancellationToken);
                new Listing<KeyView>(Columns, keys) { Empty = "No keys yet: `./purser keys create NAME --account PATH` makes one." }.Write(
                    context,
                    parsed.GetValue(format)
                );
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static Command Disable(CliContext context)
    {
        var id = new Argument<string>("key") { Description = "The key's id, or its name where only one key has it" };
        var format = FormatOption.Create();
        var command = new Command("disable", "Stop a key from working, for good.") { id, format };
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var client = admin.Connect(parsed);
                var wanted = parsed.GetRequiredValue(id);
                var found = Find(await client.ListAsync<KeyView>("keys", cancellationToken), wanted);
                var key = await client.SendAsync<KeyView>(
                    HttpMethod.Post,
                    $"keys/{Uri.EscapeDataString(found.Id)}/disable",
                    null,
                    cancellationToken
                );
                new Listing<KeyView>(Columns, [key]).Write(context, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static KeyView Find(IReadOnlyList<KeyView> keys, string wanted)
    {
        if (keys.FirstOrDefault(key => key.Id == wanted) is { } byId)
        {
            return byId;
        }

        var named = keys.Where(key => key.Name == wanted && !key.Disabled).ToList();
        return named.Count switch
        {
            1 => named[0],
            0 => throw CliException.Failed($"no key that works has the id or name '{wanted}'", "`./purser keys list` shows them."),
            _ => throw CliException.Failed(
                $"{named.Count} keys are named '{wanted}'",
                $"Name one by its id: {string.Join(", ", named.Select(key => key.Id))}."
            ),
        };
    }
}
