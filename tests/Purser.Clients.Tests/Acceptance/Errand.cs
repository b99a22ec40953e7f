using System.Text.Json;

namespace Purser.Clients.Tests.Acceptance;

/// <summary>What a client is asked in one case: under a key, and with a home folder, of its own.</summary>
/// <param name="Case">The case.</param>
/// <param name="Session">The key, the addresses, and the client's home folder.</param>
internal sealed record Errand(ClientCase Case, ClientSession Session)
{
    private readonly string word = $"ledger{Guid.NewGuid():N}"[..16];

    /// <summary>What the client must show where it's answered; in the tool's case the client can know it from its tool alone.</summary>
    public string Answer => $"the books balance says {word} to all who ask";

    /// <summary>
    /// What the tool gives: the simulated model then answers with <see cref="Answer"/>, as it stands in there. So the answer was seen by the
    /// tool, by the model, and by the client again.
    /// </summary>
    public string ToolOutput => $"[[simulate:say={Answer}]]";

    /// <summary>What goes wrong in the error's case.</summary>
    public string Fault { get; init; } = "500";

    /// <summary>An empty folder for the client to work in.</summary>
    public string Folder { get; } = Directory.CreateDirectory(Path.Combine(Session.Home, "work")).FullName;

    /// <summary>What to ask in all cases but the tool's.</summary>
    public string Prompt =>
        Case switch
        {
            ClientCase.Plain or ClientCase.Streamed => $"Do the books balance? [[simulate:say={Answer}]]",
            ClientCase.Error => $"Do the books balance? [[simulate:{Fault}]]",
            _ => "Do the books balance?",
        };

    /// <summary>What to ask so that the simulated model calls a tool.</summary>
    /// <param name="tool">The tool's name, as the client sends it to the model.</param>
    /// <param name="arguments">The arguments of the call; they become JSON in ASCII.</param>
    public static string ToolPrompt(string tool, object arguments) =>
        $"Use a tool. [[simulate:tool={tool},args={JsonSerializer.Serialize(arguments)}]]";
}
