namespace Purser.Cli.Tests;

/// <summary>Runs a command in this process, with streams, an environment and a home folder of its own.</summary>
internal sealed class CliRun : IDisposable
{
    private readonly StringWriter output = new() { NewLine = "\n" };
    private readonly StringWriter error = new() { NewLine = "\n" };

    public string Home { get; } = Directory.CreateTempSubdirectory("purser-cli-").FullName;

    public Dictionary<string, string> Environment { get; } = [];

    public string? Input { get; set; }

    public string Out => output.ToString();

    public string Error => error.ToString();

    /// <summary>A run that finds a fake gateway, and has a key for it.</summary>
    public static CliRun With(FakeGateway gateway)
    {
        var run = new CliRun();
        run.Environment["PURSER_URL"] = gateway.Address;
        run.Environment["PURSER_ADMIN_KEY"] = "pk_admin";
        return run;
    }

    public string File(params string[] path) => Path.Combine([Home, .. path]);

    public string Write(string text, params string[] path)
    {
        var file = File(path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        System.IO.File.WriteAllText(file, text);
        return file;
    }

    public string Read(params string[] path) => System.IO.File.ReadAllText(File(path));

    public Task<int> RunAsync(params string[] args)
    {
        output.GetStringBuilder().Clear();
        error.GetStringBuilder().Clear();
        var context = new CliContext
        {
            Out = output,
            Error = error,
            Input = Input is null ? null : new StringReader(Input),
            Environment = name => name == "HOME" ? Home : Environment.GetValueOrDefault(name),
            WorkingDirectory = Home,
        };
        return PurserCommandLine.RunAsync(args, context, TestContext.Current.CancellationToken);
    }

    public void Dispose() => Directory.Delete(Home, recursive: true);
}
