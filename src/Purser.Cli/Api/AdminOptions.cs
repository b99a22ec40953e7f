using System.CommandLine;

namespace Purser.Cli.Api;

/// <summary><c>--gateway</c> and <c>--admin-key</c>: what every command that talks to the admin API needs to find it and be let in.</summary>
internal sealed class AdminOptions
{
    /// <summary>Where a gateway listens unless told otherwise.</summary>
    public const string DefaultGateway = "http://127.0.0.1:4100";

    /// <summary>What to say to someone without an admin key.</summary>
    public const string HowToGetAKey =
        "The gateway printed its admin key once, at its first start. Set PURSER_ADMIN_KEY or pass --admin-key. "
        + "If it is lost, `./purser admin-key reset --data DIR` makes another.";

    private readonly CliContext context;
    private readonly Option<string?> adminKey = new("--admin-key")
    {
        Description = "The admin key (or PURSER_ADMIN_KEY, which keeps it out of the shell's history)",
        HelpName = "key",
    };

    private AdminOptions(CliContext context) => this.context = context;

    /// <summary><c>--gateway</c>.</summary>
    public Option<string?> Gateway { get; } =
        new("--gateway") { Description = $"The gateway's address (or PURSER_URL; default {DefaultGateway})", HelpName = "url" };

    /// <summary>Gives a command the two options.</summary>
    public static AdminOptions AddTo(Command command, CliContext context)
    {
        var options = new AdminOptions(context);
        command.Options.Add(options.Gateway);
        command.Options.Add(options.adminKey);
        return options;
    }

    /// <summary>The gateway's address.</summary>
    /// <exception cref="CliException">It isn't an http address.</exception>
    public Uri GatewayAddress(ParseResult parsed) =>
        ReadAddress(parsed.GetValue(Gateway) ?? context.Variable("PURSER_URL") ?? DefaultGateway, "--gateway");

    /// <summary>The admin key, or null where none is given.</summary>
    public string? AdminKey(ParseResult parsed) => parsed.GetValue(adminKey) ?? context.Variable("PURSER_ADMIN_KEY");

    /// <summary>A client that uses them.</summary>
    /// <exception cref="CliException">There is no admin key.</exception>
    public AdminClient Connect(ParseResult parsed)
    {
        var gateway = GatewayAddress(parsed);
        var key = AdminKey(parsed) ?? throw new CliException(ExitCode.NotAuthorized, "no admin key", HowToGetAKey);
        if (key.Any(c => c is <= ' ' or > '~'))
        {
            throw new CliException(ExitCode.NotAuthorized, "the admin key has a blank or another character that no key has", HowToGetAKey);
        }

        return new AdminClient(gateway, key);
    }

    /// <summary>Reads an http address; what is behind the port is dropped.</summary>
    /// <exception cref="CliException">It isn't one.</exception>
    public static Uri ReadAddress(string text, string option)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            throw CliException.Usage($"{option} is an address like {DefaultGateway}, not '{text}'");
        }

        return new Uri(address.GetLeftPart(UriPartial.Authority) + "/");
    }
}
