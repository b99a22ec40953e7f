using System.Text.Json.Nodes;
using Purser.Cli.Api;

namespace Purser.Cli.Connect;

/// <summary>Points a client's settings at the gateway, and puts them back.</summary>
/// <param name="context">Where the settings are.</param>
/// <param name="client">The client.</param>
/// <param name="admin">The gateway.</param>
/// <param name="subscription">Whether the client goes on with its person's own login at the vendor.</param>
internal sealed class Connection(CliContext context, ConnectableClient client, AdminClient admin, bool subscription = false)
{
    // What a plan shows where the key isn't made yet.
    private const string NoKey = "";

    private readonly string recordPath = ConnectionRecord.PathFor(client.Files(context, new ConnectionTarget(NoKey, NoKey, []))[0].Path);

    /// <summary>What the record beside the settings says; null where the client isn't connected.</summary>
    public ConnectionRecord? Record => ConnectionRecord.Read(recordPath);

    /// <summary>
    /// Connects the client. Steps: 1. keep the key that it has where that key still works; 2. else make one; 3. copy the files as
    /// they are; 4. write the record; 5. edit the files; 6. disable the key that was replaced. The record is written before
    /// the files, so whatever happens in between, undo knows what to put back.
    /// </summary>
    /// <param name="account">Whose key; null for the one that it has, or else the organization.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The key, and what changed in the files.</returns>
    public async Task<(string Key, IReadOnlyList<FileChange> Changes)> ConnectAsync(string? account, CancellationToken cancellationToken)
    {
        // Step 1: keep a key that works.
        var record = Record;
        account ??= record?.Account ?? "";
        var address = admin.Gateway.GetLeftPart(UriPartial.Authority);
        var keys = await admin.ListAsync<KeyView>("keys", cancellationToken);
        var old = record is null ? null : keys.FirstOrDefault(key => key.Id == record.KeyId && !key.Disabled);
        var kept = old is not null && record!.Gateway == address && record.Account == account ? client.KeyIn(Read) : null;

        // Step 2: else make one. Its settings are read first, so that a file that can't be edited costs no key.
        _ = Plan(new ConnectionTarget(address, NoKey, [], subscription));
        var made = kept is null ? await MakeKeyAsync(account, cancellationToken) : null;
        var secret = kept ?? made!.Key;
        var models = await ModelsAsync(secret, cancellationToken);
        var plan = Plan(new ConnectionTarget(address, secret, models, subscription));
        if (kept is not null && plan.All(file => file.Before == file.After))
        {
            return (secret, []);
        }

        // Steps 3 and 4: copies and the record. Files copied by an earlier connect keep that copy: it is what undo goes back to.
        var files = plan.Select(file => Copy(file, record)).ToList();
        new ConnectionRecord(client.Name, address, account, made?.Id ?? record!.KeyId, made?.Name ?? record!.KeyName, files).Write(
            recordPath
        );

        // Step 5: edit.
        foreach (var file in plan.Where(file => file.Before != file.After))
        {
            PrivateFile.Write(file.File.Path, file.After);
        }

        // Step 6: a key that nothing uses any more must not work any more.
        if (made is not null && old is not null)
        {
            await DisableAsync(old.Id, cancellationToken);
        }

        return (
            secret,
            plan.Where(file => file.Before != file.After).Select(file => new FileChange(file.File, Backup(file, record))).ToList()
        );
    }

    /// <summary>
    /// Puts the files back: exactly as they were where nobody changed them since; else only what was set is taken back, so that
    /// later edits stay. Then disables the key.
    /// </summary>
    /// <returns>What was done to each file.</returns>
    public async Task<IReadOnlyList<string>> UndoAsync(CancellationToken cancellationToken)
    {
        var record =
            Record
            ?? throw CliException.Failed(
                $"{client.Title} isn't connected: there is no {recordPath}",
                $"`./purser connect {client.Name}` connects it."
            );
        var done = record.Files.Select(Restore).ToList();
        foreach (var backup in record.Files.Select(file => file.Backup).OfType<string>())
        {
            File.Delete(backup);
        }

        File.Delete(recordPath);
        try
        {
            await DisableAsync(record.KeyId, cancellationToken);
        }
        catch (CliException error)
        {
            throw new CliException(
                error.ExitCode,
                $"the settings are as they were, but the key {record.KeyId} still works: {error.Message}",
                $"When the gateway answers: `./purser keys disable {record.KeyId}`."
            );
        }

        done.Add($"The key {record.KeyName} ({record.KeyId}) is disabled.");
        return done;
    }

    /// <summary>What in the present settings would get in the way; null where nothing does.</summary>
    public string? Conflict() => client.Conflict(Read);

    private async Task<NewKeyView> MakeKeyAsync(string account, CancellationToken cancellationToken)
    {
        var host = context.Variable("HOSTNAME") ?? Environment.MachineName;
        var body = new { Account = account, Name = $"{client.Name} on {host}" };
        return await admin.SendAsync<NewKeyView>(HttpMethod.Post, "keys", body, cancellationToken);
    }

    private async Task<IReadOnlyList<string>> ModelsAsync(string key, CancellationToken cancellationToken)
    {
        using var check = new ConnectionCheck(admin.Gateway, key);
        var listed = await check.ModelsAsync(cancellationToken);
        return ConnectionCheck.Order(listed, await admin.ListAsync<ModelView>("models", cancellationToken), client.Api);
    }

    private Task<KeyView> DisableAsync(string id, CancellationToken cancellationToken) =>
        admin.SendAsync<KeyView>(HttpMethod.Post, $"keys/{Uri.EscapeDataString(id)}/disable", null, cancellationToken);

    private List<PlannedFile> Plan(ConnectionTarget target) =>
        client
            .Files(context, target)
            .Select(file =>
            {
                var before = File.Exists(file.Path) ? File.ReadAllText(file.Path) : null;
                try
                {
                    return Planned(file, before);
                }
                catch (FormatException error)
                {
                    throw CliException.Failed(
                        $"{file.Path} can't be edited: {error.Message}",
                        "Correct it by hand and try again; nothing was changed."
                    );
                }
            })
            .ToList();

    private static PlannedFile Planned(SettingsFile file, string? before)
    {
        var after = before ?? "";
        var edits = new List<SettingsEdit>();
        foreach (var edit in file.Edits)
        {
            var present = edit.Value is not null ? null : file.Format.Get(after, edit.Path);
            var value = edit.Merge is null ? edit.Value : edit.Merge(present);
            if (value is null && present is null)
            {
                continue;
            }

            after = value is null ? file.Format.Remove(after, edit.Path) : file.Format.Set(after, edit.Path, value);
            edits.Add(edit with { Value = value, Merge = null });
        }

        return new PlannedFile(file with { Edits = edits }, before, after);
    }

    private JsonNode? Read(int index, IReadOnlyList<string> path)
    {
        var file = client.Files(context, new ConnectionTarget(NoKey, NoKey, []))[index];
        return File.Exists(file.Path) ? file.Format.Get(File.ReadAllText(file.Path), path) : null;
    }

    private static string? Backup(PlannedFile file, ConnectionRecord? record)
    {
        var earlier = record?.Files.FirstOrDefault(recorded => recorded.Path == file.File.Path);
        return earlier is not null ? earlier.Backup
            : file.Before is null ? null
            : file.File.Path + ".purser-backup";
    }

    private static RecordedFile Copy(PlannedFile file, ConnectionRecord? record)
    {
        var backup = Backup(file, record);
        if (backup is not null && record?.Files.Any(recorded => recorded.Path == file.File.Path) != true)
        {
            // A byte-for-byte copy, mode included.
            File.Copy(file.File.Path, backup, overwrite: true);
        }

        return new RecordedFile(
            file.File.Path,
            file.File.Format.Name,
            backup,
            RecordedFile.Hash(file.After),
            // Those of an earlier connect too: undo goes back to before it.
            [
                .. file
                    .File.Edits.Select(edit => edit.Path)
                    .Concat(record?.Files.FirstOrDefault(recorded => recorded.Path == file.File.Path)?.Paths ?? [])
                    .DistinctBy(path => string.Join('\0', path)),
            ]
        );
    }

    private static string Restore(RecordedFile file)
    {
        if (!File.Exists(file.Path))
        {
            return $"{file.Path} is gone already.";
        }

        var text = File.ReadAllText(file.Path);
        if (RecordedFile.Hash(text) != file.Written)
        {
            PrivateFile.Write(file.Path, TakeBack(text, file));
            return $"{file.Path} was changed since; what purser had set in it is taken back, the rest stays.";
        }

        if (file.Backup is null)
        {
            File.Delete(file.Path);
            return $"{file.Path} is removed: there was none before.";
        }

        PrivateFile.Write(file.Path, File.ReadAllText(file.Backup));
        return $"{file.Path} is as it was.";
    }

    private static string TakeBack(string text, RecordedFile file)
    {
        var format = SettingsFormat.Named(file.Format);
        var original = file.Backup is null ? "" : File.ReadAllText(file.Backup);
        foreach (var path in file.Paths)
        {
            if (format.Get(original, path) is { } value)
            {
                text = format.Set(text, path, value);
                continue;
            }

            text = format.Remove(text, path);
            // Containers that were made for it go too, once nothing else is in them.
            for (var length = path.Count - 1; length > 0; length--)
            {
                var container = path.Take(length).ToList();
                if (format.Get(text, container) is not JsonObject { Count: 0 } || format.Get(original, container) is not null)
                {
                    break;
                }

                text = format.Remove(text, container);
            }
        }

        return text;
    }

    private sealed record PlannedFile(SettingsFile File, string? Before, string After);
}

/// <summary>A settings file that was changed.</summary>
/// <param name="File">The file and its edits.</param>
/// <param name="Backup">The copy of what it was; null where there was no file.</param>
internal sealed record FileChange(SettingsFile File, string? Backup);
