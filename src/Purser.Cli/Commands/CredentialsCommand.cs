using System.CommandLine;
using System.Text;
using Purser.Cli.Api;
using Purser.Cli.Hosting;
using Purser.Cli.Output;
using Purser.Gateway.Credentials;

namespace Purser.Cli.Commands;

/// <summary><c>purser credentials …</c>: the keys that the gateway calls providers with. A secret is never an argument, and never printed.</summary>
internal static class CredentialsCommand
{
    private const string NewVariable = "PURSER_NEW_MASTER_KEY";

    private static readonly IReadOnlyList<Column<CredentialView>> Columns =
    [
        Column.Text<CredentialView>("id", credential => credential.Id),
        Column.Text<CredentialView>("provider", credential => credential.Provider),
        Column.Text<CredentialView>("label", credential => credential.Label),
        Column.Text<CredentialView>("kind", credential => credential.Kind),
        Column.Count<CredentialView>("weight", credential => credential.Weight),
        Column.Text<CredentialView>("last_four", credential => credential.LastFour),
        Column.Text<CredentialView>("created_at", credential => credential.CreatedAt),
        Column.Text<CredentialView>("rotated_at", credential => credential.RotatedAt),
        Column.Flag<CredentialView>("disabled", credential => credential.Disabled),
    ];

    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var command = new Command("credentials", "The keys that the gateway calls providers with, stored encrypted.");
        command.Subcommands.Add(Add(context));
        command.Subcommands.Add(List(context));
        command.Subcommands.Add(Rotate(context));
        command.Subcommands.Add(Set(context));
        command.Subcommands.Add(Remove(context));
        command.Subcommands.Add(NewMasterKey(context));
        command.Subcommands.Add(Rekey(context));
        return command;
    }

    private static Command Add(CliContext context)
    {
        var provider = new Argument<string>("provider") { Description = "The provider's name in purser.yml" };
        var label = new Option<string?>("--label") { Description = "What people call it: team-a" };
        var weight = new Option<int>("--weight")
        {
            Description = "How often it's used in relation to the provider's others, 1 to 1000",
            DefaultValueFactory = _ => 1,
        };
        var kind = new Option<string>("--kind")
        {
            Description =
                "What it is: key, service-account (a JSON file), aws-keys, entra (JSON with tenant_id, client_id, and client_secret or certificate)",
            DefaultValueFactory = _ => "key",
        };
        var format = FormatOption.Create();
        var command = new Command("add", "Store a credential; its secret is read from standard input, or asked for.")
        {
            provider,
            label,
            weight,
            kind,
            format,
        };
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var client = admin.Connect(parsed);
                var name = parsed.GetRequiredValue(provider);
                var body = new
                {
                    Provider = name,
                    Label = parsed.GetValue(label),
                    Weight = parsed.GetValue(weight),
                    Kind = parsed.GetValue(kind),
                    Secret = ReadSecret(context, $"Credential for {Printable.Line(name)} (not shown): "),
                };
                var made = await client.SendAsync<CredentialView>(HttpMethod.Post, "credentials", body, cancellationToken);
                new Listing<CredentialView>(Columns, [made]).Write(context, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static Command List(CliContext context)
    {
        var format = FormatOption.Create();
        var command = new Command("list", "List the stored credentials, without their secrets.") { format };
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var client = admin.Connect(parsed);
                var credentials = await client.ListAsync<CredentialView>("credentials", cancellationToken);
                new Listing<CredentialView>(Columns, credentials)
                {
                    Empty = "No credentials are stored: the keys of purser.yml are used. `./purser credentials add PROVIDER` stores one.",
                }.Write(context, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static Command Rotate(CliContext context)
    {
        var id = IdArgument();
        var format = FormatOption.Create();
        var command = new Command("rotate", "Replace a credential's secret, read as 'add' reads it; requests from then on use the new one.")
        {
            id,
            format,
        };
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var client = admin.Connect(parsed);
                var secret = ReadSecret(context, $"New secret of {Printable.Line(parsed.GetRequiredValue(id))} (not shown): ");
                var path = $"{PathOf(parsed.GetRequiredValue(id))}/rotate";
                var rotated = await client.SendAsync<CredentialView>(HttpMethod.Post, path, new { Secret = secret }, cancellationToken);
                new Listing<CredentialView>(Columns, [rotated]).Write(context, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static Command Set(CliContext context)
    {
        var id = IdArgument();
        var label = new Option<string?>("--label") { Description = "What people call it" };
        var weight = new Option<int?>("--weight") { Description = "How often it's used in relation to the provider's others, 1 to 1000" };
        var disable = new Option<bool>("--disable") { Description = "Switch it off; requests under way with it go on" };
        var enable = new Option<bool>("--enable") { Description = "Switch it on" };
        var format = FormatOption.Create();
        var command = new Command("set", "Change a credential's weight or label, or switch it off or on.")
        {
            id,
            label,
            weight,
            disable,
            enable,
            format,
        };
        command.Validators.Add(result =>
        {
            var (off, on) = (result.GetValue(disable), result.GetValue(enable));
            if (off && on)
            {
                result.AddError("--disable or --enable, not both");
            }
            else if (!off && !on && result.GetValue(weight) is null && result.GetValue(label) is null)
            {
                result.AddError("say what to change: --weight, --label, --disable or --enable");
            }
        });
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var client = admin.Connect(parsed);
                var body = new
                {
                    Label = parsed.GetValue(label),
                    Weight = parsed.GetValue(weight),
                    Disabled = parsed.GetValue(disable) ? true
                    : parsed.GetValue(enable) ? false
                    : (bool?)null,
                };
                var path = PathOf(parsed.GetRequiredValue(id));
                var changed = await client.SendAsync<CredentialView>(HttpMethod.Post, path, body, cancellationToken);
                new Listing<CredentialView>(Columns, [changed]).Write(context, parsed.GetValue(format));
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static Command Remove(CliContext context)
    {
        var id = IdArgument();
        var command = new Command("remove", "Remove a credential, with its secret.") { id };
        var admin = AdminOptions.AddTo(command, context);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                using var client = admin.Connect(parsed);
                var named = parsed.GetRequiredValue(id);
                await client.DeleteAsync(PathOf(named), cancellationToken);
                context.Error.WriteLine($"Removed {Printable.Line(named)}. Requests under way with it go on.");
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static Command NewMasterKey(CliContext context)
    {
        var command = new Command("new-master-key", "Print a new master key: what credentials are encrypted under.");
        command.SetAction(_ =>
        {
            context.Out.WriteLine(MasterKey.New());
            context.Error.WriteLine(
                $"Keep it outside the data folder and its backups: without it, stored credentials are lost. Start the gateway with it in {MasterKey.Variable}, or in the file of 'master_key_file' in purser.yml (mode 600)."
            );
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Rekey(CliContext context)
    {
        var data = new Option<string>("--data")
        {
            Description = "The data folder",
            HelpName = "dir",
            Required = true,
        };
        var oldFile = KeyFileOption("--old-key-file", $"The file of the present master key (or {MasterKey.Variable})");
        var newFile = KeyFileOption("--new-key-file", $"The file of the new one (or {NewVariable})");
        var command = new Command("rekey", "Encrypt the stored credentials under another master key. The gateway must not be running.")
        {
            data,
            oldFile,
            newFile,
        };
        command.SetAction(
            async (parsed, _) =>
            {
                var folder = LedgerCommand.ExistingFolder(context, parsed.GetRequiredValue(data));
                var old = DataFolder.MasterKey(context, folder, parsed.GetValue(oldFile), MasterKey.Variable, "present");
                var other = DataFolder.MasterKey(context, folder, parsed.GetValue(newFile), NewVariable, "new");
                var count = await DataFolder.ChangeMasterKeyAsync(folder, old, other);
                context.Error.WriteLine(
                    count == 0
                        ? "No credentials are stored: there is nothing to encrypt, and the gateway can be started with either key."
                        : $"{(count == 1 ? "One credential is" : $"{count} credentials are")} encrypted under the new master key. Start the gateway with that one."
                );
                return ExitCode.Ok;
            }
        );
        return command;
    }

    private static Argument<string> IdArgument() => new("id") { Description = "The credential's id, as `credentials list` shows it" };

    private static Option<string?> KeyFileOption(string name, string description) =>
        new(name) { Description = description, HelpName = "file" };

    private static string PathOf(string id) => $"credentials/{Uri.EscapeDataString(id)}";

    /// <summary>A secret from a person, or from standard input; the line end behind it doesn't belong to it.</summary>
    private static string ReadSecret(CliContext context, string question)
    {
        if (context.AskSecret is { } ask)
        {
            return ask(question).Trim();
        }

        using var reader = new StreamReader(context.OpenInput(), new UTF8Encoding(false, throwOnInvalidBytes: true));
        // One more than there can be, so that what is longer is refused and not cut.
        var read = new char[ProviderCredential.LongestSecret + 3];
        try
        {
            var secret = read.AsSpan(0, reader.ReadBlock(read)).TrimEnd("\r\n").ToString();
            return secret.Length > 0
                ? secret
                : throw CliException.Usage("standard input holds no secret", "Run it in a terminal to be asked, or: … < file");
        }
        catch (DecoderFallbackException)
        {
            throw CliException.Usage("the secret on standard input isn't text (UTF-8)");
        }
    }
}
