using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Purser.Cli.Api;
using Purser.Cli.Connect;

namespace Purser.Cli.Commands;

/// <summary><c>purser connect CLIENT</c>: points a coding agent at the gateway, with a key of its own.</summary>
internal static class ConnectCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var client = new Argument<string>("client") { Description = string.Join(", ", ConnectableClient.All.Select(known => known.Name)) };
        client.AcceptOnlyFromAmong([.. ConnectableClient.All.Select(known => known.Name)]);
        var undo = new Option<bool>("--undo") { Description = "Put the client's settings back as they were, and disable its key" };
        var account = new Option<string?>("--account")
        {
            Description = "Whose key it is: an account's path or id (default: the organization)",
        };
        var subscription = new Option<bool>("--subscription")
        {
            Description = "Go on with your own login at the vendor, and send the key beside it (claude-code); the account must allow it",
        };
        var command = new Command("connect", "Point a coding agent at the gateway, with a key of its own, and check it with a real call.")
        {
            client,
            undo,
            account,
            subscription,
        };
        command.Validators.Add(result =>
        {
            var known = ConnectableClient.All.FirstOrDefault(candidate => candidate.Name == result.GetValue(client));
            if (result.GetValue(subscription) && known is { TakesSubscription: false })
            {
                result.AddError(
                    $"{known.Title} can't send a key beside its own login yet: docs/credentials.md says how to set it up by hand."
                );
            }
        });
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var known = ConnectableClient.All.First(candidate => candidate.Name == parsed.GetRequiredValue(client));
                using var api = admin.Connect(parsed);
                if (parsed.GetValue(undo))
                {
                    return await UndoAsync(context, new Connection(context, known, api), admin, parsed, known, cancellationToken);
                }

                var own = parsed.GetValue(subscription);
                var connection = new Connection(context, known, api, own);
                var (key, changes) = await connection.ConnectAsync(parsed.GetValue(account), cancellationToken);
                WriteChanges(context, known, changes);
                if (connection.Conflict() is { } conflict)
                {
                    context.Error.WriteLine($"warning: {conflict}");
                }

                return own
                    ? await CheckSubscriptionAsync(context, known, api, key, connection.Record!.Account, cancellationToken)
                    : await CheckAsync(context, known, api, key, cancellationToken);
            }
        );
        return command;
    }

    private static async Task<int> UndoAsync(
        CliContext context,
        Connection connection,
        AdminOptions admin,
        ParseResult parsed,
        ConnectableClient client,
        CancellationToken cancellationToken
    )
    {
        // The key is disabled where it was made, unless the person says otherwise.
        var recorded = connection.Record is { } record && parsed.GetResult(admin.Gateway) is null ? record.Gateway : null;
        using var other = recorded is null
            ? admin.Connect(parsed)
            : new AdminClient(AdminOptions.ReadAddress(recorded, "the connection's gateway"), admin.AdminKey(parsed)!);
        foreach (var line in await new Connection(context, client, other).UndoAsync(cancellationToken))
        {
            context.Out.WriteLine(line);
        }

        return ExitCode.Ok;
    }

    private static void WriteChanges(CliContext context, ConnectableClient client, IReadOnlyList<FileChange> changes)
    {
        if (changes.Count == 0)
        {
            context.Out.WriteLine($"{client.Title} is connected already; nothing was changed.");
            return;
        }

        foreach (var change in changes)
        {
            context.Out.WriteLine($"{change.File.Path}{(change.Backup is null ? " (new)" : $" (as it was: {change.Backup})")}");
            foreach (var edit in change.File.Edits)
            {
                context.Out.WriteLine($"  {string.Join('.', edit.Path)} = {Show(edit)}");
            }
        }
    }

    private static async Task<int> CheckAsync(
        CliContext context,
        ConnectableClient client,
        AdminClient api,
        string key,
        CancellationToken cancellationToken
    )
    {
        using var check = new ConnectionCheck(api.Gateway, key);
        var served = await api.ListAsync<ModelView>("models", cancellationToken);
        var models = ConnectionCheck.Order(await check.ModelsAsync(cancellationToken), served, client.Api);
        // Where no model has the client's format, calling any tells whether the gateway knows the format at all.
        var model =
            models.Count > 0 ? models[0]
            : served.Count > 0 ? served[0].Id
            : "none";
        var result =
            models.Count == 0
            && client.Api is ClientApi.Messages or ClientApi.ChatCompletions or ClientApi.Responses
            && served.All(view => !view.Priced || models.Count == 0)
                ? new CheckResult(false, $"the gateway serves no priced model of the {ConnectionCheck.ApiTitle(client.Api)}", null)
                : await check.CallAsync(client.Api, model, cancellationToken);
        if (result.Works)
        {
            context.Out.WriteLine($"Checked: {result.Text}.");
            if (result.RequestId is { } id)
            {
                context.Out.WriteLine($"  Why it cost that: ./purser explain {id}");
            }

            context.Out.WriteLine($"Now try: {client.Try}");
            return ExitCode.Ok;
        }

        throw CliException.Failed(
            $"{client.Title}'s settings point here, but the check failed: {result.Text}",
            $"`./purser connect {client.Name} --undo` puts the settings back as they were."
        );
    }

    /// <summary>
    /// With the person's own token where the environment has it; else as far as it can be known without: a login is the client's own, and isn't
    /// read here.
    /// </summary>
    private static async Task<int> CheckSubscriptionAsync(
        CliContext context,
        ConnectableClient client,
        AdminClient api,
        string key,
        string account,
        CancellationToken cancellationToken
    )
    {
        var accounts = await api.ListAsync<AccountView>("accounts", cancellationToken);
        if (!SubscriptionPolicy.Allows(accounts, account))
        {
            var path = SubscriptionPolicy.Find(accounts, account)?.Path ?? account;
            throw CliException.Failed(
                $"{client.Title}'s settings point here, but {AccountPath.Show(path)} doesn't allow subscriptions of callers' own",
                $"`./purser accounts set {(path.Length == 0 ? "/" : path)} --subscription-passthrough allow` allows them; "
                    + $"`./purser connect {client.Name} --undo` puts the settings back as they were."
            );
        }

        if (context.Variable("CLAUDE_CODE_OAUTH_TOKEN") is { } token)
        {
            using var check = new ConnectionCheck(api.Gateway, key, token);
            var served = await api.ListAsync<ModelView>("models", cancellationToken);
            var models = ConnectionCheck.Order(await check.ModelsAsync(cancellationToken), served, client.Api);
            var result =
                models.Count == 0
                    ? new CheckResult(false, $"the gateway serves no priced model of the {ConnectionCheck.ApiTitle(client.Api)}", null)
                    : await check.CallAsync(client.Api, models[0], cancellationToken);
            if (!result.Works)
            {
                throw CliException.Failed(
                    $"{client.Title}'s settings point here, but the check failed: {result.Text}",
                    $"`./purser connect {client.Name} --undo` puts the settings back as they were."
                );
            }

            context.Out.WriteLine($"Checked with the token of CLAUDE_CODE_OAUTH_TOKEN: {result.Text}.");
        }
        else
        {
            context.Out.WriteLine("The account allows it. No call was made: your login is the client's own, and isn't read here.");
        }

        context.Out.WriteLine($"Now try: {client.Try}");
        return ExitCode.Ok;
    }

    // The key isn't for the screen: it is in the file.
    private static string Show(SettingsEdit edit) =>
        (edit.Secret, edit.Value) switch
        {
            (_, null) => "(removed)",
            (true, JsonObject) => "{ … } with the key",
            (true, _) => "the key",
            (false, JsonObject { Count: > 3 } many) => $"{many.Count} models",
            (false, JsonValue value) => value.GetValue<string>(),
            (false, var other) => other.ToJsonString(
                new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }
            ),
        };
}
