//! The words themselves: what people choose, in our own choice of them.

/// Words of this site, which are no secret here.
pub const SITE: &str = "stillpoint still point craniosacral cranio sacral therapy craniosacraltherapy cst";

/// Words that join others without adding anything.
pub const JOINING: &str = "my the i a is me im am you we your his her our mr mrs dr love and u";

/// Words, names, phrases and finger exercises that passwords are built on.
pub const COMMON: &str = "
    password passwort passw pass passwd passphrase passcode pword pwd parola motdepasse contrasena senha
    welcome willkommen bienvenue bienvenido hello hallo hola bonjour goodbye goodmorning
    letmein letmeinnow letmeinplease openup opensesame sesame abracadabra trustno1 trustme iamgod whoami
    login logon signin signup access enter default guest user username root toor admin administrator
    adminadmin superuser sysadmin system server database oracle mysql postgres test tester testing demo
    example sample temp temporary changeme change changeit changethis newpassword nopassword secret topsecret
    supersecret private security safety master owner manager office company computer internet windows
    microsoft google facebook instagram youtube twitter amazon apple iphone android samsung nokia pokemon
    minecraft fortnite roblox playstation nintendo xbox gamer gaming game games starcraft warcraft diablo
    hacker hacking hunter killer shadow ninja samurai warrior soldier knight wizard legend phoenix
    dragon monkey tiger lion eagle falcon panther cougar jaguar bear wolf puppy kitten kitty doggy dolphin
    butterfly chicken turtle penguin unicorn rabbit bunny horse horses cat cats dog dogs mustang bulldog
    football baseball basketball soccer hockey tennis golf golfer cricket rugby volleyball swimming
    lakers yankees cowboys steelers packers eagles redsox chelsea arsenal liverpool barcelona realmadrid
    juventus manchester united manutd ronaldo messi jordan michaeljordan kobe champion champions winner
    sunshine moonlight rainbow sunflower flower flowers summer winter spring autumn sunday monday tuesday
    wednesday thursday friday saturday january february march april may june july august september october
    november december christmas halloween easter birthday holiday vacation
    princess prince queen king angel angels devil heaven diamond gold golden silver crystal star stars
    starlight superstar rockstar superman batman spiderman ironman captain america avengers wonderwoman
    starwars startrek skywalker yoda vader matrix neo gandalf frodo hobbit harrypotter hogwarts potter
    mickey mickeymouse disney pikachu naruto goku simpson scooby scoobydoo snoopy garfield tweety barbie
    hellokitty elizabeth michael michelle jennifer jessica jessie daniel danielle andrew anthony ashley
    amanda nicole joshua matthew thomas robert william charlie charles george john johnny james jasmine
    justin brandon taylor hannah samantha stephanie patrick richard maria marie anna sophie laura
    martin peter alexander alexandra alex david chris christian christopher victoria veronica vanessa
    natalie melissa maggie molly daisy buster ginger pepper cookie chocolate cheese banana orange cherry
    strawberry peaches pumpkin coffee whiskey vodka tequila beer pizza burger candy sugar honey sweet
    sweety sweetie sweetheart cutie baby babygirl babyboy lover loveyou ilove iloveyou iloveu iloveme
    iloveyousomuch iloveyouforever ilovegod ilovejesus lovely loveme lovelove forever always together
    friend friends friendship family mother father mommy daddy brother sister mylove happy happiness
    smile laugh lucky beautiful blessed blessing jesus jesuschrist christ god godisgood godislove faith
    hope peace freedom liberty justice destiny dream dreams dreamer magic mystery music guitar piano
    metallica nirvana slipknot eminem beatles rockandroll hiphop dance dancer cool awesome amazing
    fantastic whatever nothing something anything everything nobody somebody asshole bitch fuck fucker
    fuckyou fuckoff shit bullshit sexy pussy money million dollar business success
    ferrari porsche mercedes corvette harley yamaha honda toyota camaro chevy bmw turbo speed racing
    london paris berlin boston chicago dallas newyork texas california canada australia england
    germany france italy spain mexico brazil india china russia portugal hawaii florida
    health doctor healing wellness
    qwerty qwertz azerty qwert qwer asdf asdfgh zxcv zxcvbn qazwsx qazwsxedc wasd qweasd qweasdzxc
    q1w2e3r4 1q2w3e4r 1qaz2wsx zaq12wsx abc123 123abc abcd1234 a1b2c3 aa123456 passw0rd
    abcdef abcdefg onetwothree onetwothreefour correcthorsebatterystaple
    thequickbrownfox quickbrownfox quickbrownfoxjumps loremipsum loremipsumdolorsitamet
    tobeornottobe maytheforcebewithyou maytheforce onceuponatime hakunamatata helloworld
    whatsup howareyou thankyou pleaseletmein please ihatepasswords iforgotmypassword forgot forget
    remember donttellanyone mypassword mypasswordis thisismypassword thisisapassword thisisasecret
    notapassword password1 blink182 number1 ncc1701 super mega ultra
    batteryhorsestaple nothingelsematters stairwaytoheaven onedirection justinbieber taylorswift
    babylove bestfriend bestfriends chelseafc liverpoolfc manchesterunited realmadridcf
";
