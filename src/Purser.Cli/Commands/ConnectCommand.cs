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
        var command = new Command("connect", "Point a coding agent at the gateway, with a key of its own, and check it with a real call.")
        {
            client,
            undo,
            account,
        };
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

                var connection = new Connection(context, known, api);
                var (key, changes) = await connection.ConnectAsync(parsed.GetValue(account), cancellationToken);
                WriteChanges(context, known, changes);
                if (connection.Conflict() is { } conflict)
                {
                    context.Error.WriteLine($"warning: {conflict}");
                }

                return await CheckAsync(context, known, api, key, cancellationToken);
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

    // The key isn't for the screen: it is in the file.
    private static string Show(SettingsEdit edit) =>
        (edit.Secret, edit.Value) switch
        {
            (true, JsonObject) => "{ … } with the key",
            (true, _) => "the key",
            (false, JsonObject { Count: > 3 } many) => $"{many.Count} models",
            (false, JsonValue value) => value.GetValue<string>(),
            (false, var other) => other.ToJsonString(
                new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }
            ),
        };
}
