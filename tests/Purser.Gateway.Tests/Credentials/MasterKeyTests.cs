using Purser.Gateway.Configuration;
using Purser.Gateway.Credentials;
using Xunit;

namespace Purser.Gateway.Tests.Credentials;

public sealed class MasterKeyTests : IDisposable
{
    private static readonly byte[] Bytes = [.. Enumerable.Range(200, 40).Select(i => (byte)i)];

    private readonly string folder = Directory.CreateTempSubdirectory("purser-master-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_key_is_taken_in_hexadecimal_and_in_both_alphabets_of_base64()
    {
        foreach (
            var text in (string[])
                [
                    Convert.ToHexString(Bytes),
                    Convert.ToHexStringLower(Bytes),
                    Convert.ToBase64String(Bytes),
                    Convert.ToBase64String(Bytes).TrimEnd('='),
                    Convert.ToBase64String(Bytes).Replace('+', '-').Replace('/', '_'),
                    $"\n {Convert.ToBase64String(Bytes)}\n",
                ]
        )
        {
            Assert.Equal(Bytes, Load(text)!.Bytes.ToArray());
        }
    }

    [Fact]
    public void A_new_key_is_one_and_no_two_are_the_same()
    {
        var made = MasterKey.New();

        Assert.Equal(32, Load(made)!.Bytes.Length);
        Assert.NotEqual(made, MasterKey.New());
    }

    [Theory]
    [InlineData("password")]
    [InlineData("correct horse battery staple, but no base64 at all")]
    [InlineData("00112233445566778899aabbccddeeff00112233445566778899aabbccddee")]
    [InlineData("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==")]
    public void What_is_no_key_or_too_short_is_refused_and_says_how_to_make_one(string text)
    {
        var error = Assert.Throws<InvalidConfigurationException>(() => Load(text));

        Assert.Contains("purser credentials new-master-key", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(text, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_variable_and_a_file_there_is_none()
    {
        Assert.Null(MasterKey.Load(null, folder, _ => null));
        Assert.Null(MasterKey.Load(null, folder, _ => ""));
    }

    [Fact]
    public void A_key_that_is_given_twice_is_refused()
    {
        var file = WriteFile("key", MasterKey.New());

        var error = Assert.Throws<InvalidConfigurationException>(() => MasterKey.Load(file, "data", _ => MasterKey.New()));

        Assert.Contains("given twice", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_its_owner_alone_is_read()
    {
        var file = WriteFile("key", Convert.ToBase64String(Bytes) + "\n");

        Assert.Equal(Bytes, MasterKey.Load(file, Path.Combine(folder, "data"), _ => null)!.Bytes.ToArray());
    }

    [Fact]
    public void A_file_that_is_missing_or_holds_something_else_is_refused()
    {
        Assert.Contains("There is no master key file", Refused(Path.Combine(folder, "nothing")), StringComparison.Ordinal);
        Assert.Contains("holds no master key", Refused(WriteFile("text", "hello")), StringComparison.Ordinal);
        Assert.Contains("holds no master key", Refused(WriteFile("large", new string('a', 5000))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data/key")]
    [InlineData("data/deep/key")]
    public void A_file_in_the_data_folder_is_refused(string name) =>
        Assert.Contains("lies in the data folder", Refused(WriteFile(name, MasterKey.New())), StringComparison.Ordinal);

    [Fact]
    public void A_link_into_the_data_folder_and_a_link_to_the_data_folder_are_seen_through()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var inside = WriteFile("data/key", MasterKey.New());
        File.CreateSymbolicLink(Path.Combine(folder, "link"), inside);
        Directory.CreateSymbolicLink(Path.Combine(folder, "other-name"), Path.Combine(folder, "data"));

        Assert.Contains("lies in the data folder", Refused(Path.Combine(folder, "link")), StringComparison.Ordinal);
        Assert.Contains("lies in the data folder", Refused(Path.Combine(folder, "other-name", "key")), StringComparison.Ordinal);
        Assert.Contains(
            "lies in the data folder",
            Assert.Throws<InvalidConfigurationException>(() => MasterKey.ReadFile(inside, Path.Combine(folder, "other-name"))).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void A_file_that_others_may_use_is_refused(UnixFileMode more)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var file = WriteFile("key", MasterKey.New());
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | more);

        Assert.Contains("chmod 600", Refused(file), StringComparison.Ordinal);
    }

    private static MasterKey? Load(string text) => MasterKey.Load(null, "data", name => name == "PURSER_MASTER_KEY" ? text : null);

    private string Refused(string file) =>
        Assert.Throws<InvalidConfigurationException>(() => MasterKey.ReadFile(file, Path.Combine(folder, "data"))).Message;

    private string WriteFile(string name, string text)
    {
        var file = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return file;
    }
}
